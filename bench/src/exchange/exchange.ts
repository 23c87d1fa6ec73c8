/**
 * Cost of an exchange and of routes for its tokens, compared with a hand-written minimum; each
 * server runs in its own process.
 */

import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import type { JsonWebKey, KeyObject } from 'node:crypto'
import { memoryReplayStore } from '@jobpass/core'
import type { Child } from '../http/child.ts'
import { start } from '../http/child.ts'
import type { Answered, Call, Load } from '../http/load.ts'
import type { Question } from '../http/server.ts'
import { ratios, spreadOf } from '../measure/stats.ts'
import type { Section } from '../report/section.ts'
import { figure, percent, range, table } from '../report/table.ts'
import type { BenchKey } from '../tokens.ts'
import { mint } from '../mint.ts'
import { audience, makeKey } from '../tokens.ts'
import { before, introspector, makeExchange, service } from './service.ts'

const connections = 32

/** A server and its requests. Every call of a round is new to all servers. */
interface Row {
  readonly name: string
  readonly requests: (count: number) => readonly Call[]
}

interface Measured extends Row {
  readonly process: Child<Question, number>
  readonly port: number
  readonly perSecond: number[]
  readonly processor: number[]
}

export async function exchange(quick: boolean): Promise<Section> {
  const { rounds, calls } = quick ? { rounds: 2, calls: 128 } : { rounds: 5, calls: 3200 }
  const key = makeKey('RS256')
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const serviceKey = pair.privateKey.export({ format: 'jwk' })
  const endpoints = asking(key)
  const routes = await calling(key, serviceKey)
  const measured = await Promise.all(
    [...endpoints, ...routes].map(async (row): Promise<Measured> => {
      const process = start<Question, number>('./server.ts', ['Exchange', row.name])
      const port = await process.ask({ jwk: key.jwk, jwksUri: '', serviceKey })
      return { ...row, process, port, perSecond: [], processor: [] }
    }),
  )
  const caller = start<Load, Answered>('./load.ts', [])
  try {
    for (let round = -1; round < rounds; round++)
      for (const row of round % 2 === 0 ? measured : measured.toReversed())
        await measure(row, caller, calls, round >= 0)
  } finally {
    // Running children would keep this process from exiting with its error.
    for (const { end } of [caller, ...measured.map(({ process }) => process)]) end()
  }
  const own = measured.slice(0, endpoints.length)
  return {
    title: 'Exchange',
    blocks: [
      `${rounds} rounds of ${calls.toLocaleString('en')} calls a row after one that does not count, ${connections} connections, Express, an in-memory store; servers and caller run in separate processes. Each CI token is exchanged once, each DPoP proof is new.`,
      tableOf('token endpoint (RS256 in, ES256 out)', own, own[0]),
      tableOf('routes', measured.slice(endpoints.length), measured[endpoints.length]),
    ],
  }
}

/** A row, and the same of the build before, if there is one. */
const withBefore = (name: string): readonly string[] => (before === undefined ? [name] : [name, `${name}, before`])

const tokenExchange = (token: string): Readonly<Record<string, string>> => ({
  grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
  subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
  subject_token: token,
})

const clientCredentials = (token: string): Readonly<Record<string, string>> => ({
  grant_type: 'client_credentials',
  client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  client_assertion: token,
})

/** Posts a form. */
const post = (path: string, form: Readonly<Record<string, string>>, headers: Call['headers'] = {}): Call => ({
  method: 'POST',
  path,
  headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  body: new URLSearchParams(form).toString(),
})

function asking(key: BenchKey): readonly Row[] {
  const row = (name: string, call: (token: string) => Call, claims = {}): Row => ({
    name,
    requests: (count) => Array.from({ length: count }, () => call(mint(key, claims))),
  })
  const exchanging = (token: string): Call => post('/token', { ...tokenExchange(token), scope: 'deploy' })
  const asClient = (token: string): Call => post('/token', { ...clientCredentials(token), scope: 'deploy' })
  const repeatable = (token: string): Call =>
    post('/token', { ...tokenExchange(token), scope: 'deploy' }, { 'idempotency-key': randomUUID() })
  return [
    row('a form, read and answered', exchanging),
    row('the two signatures alone', exchanging),
    ...withBefore('the exchange').map((name) => row(name, exchanging)),
    row('the exchange, with an Idempotency-Key', repeatable),
    row('client_credentials', asClient, { aud: service }),
  ]
}

async function calling(key: BenchKey, serviceKey: JsonWebKey): Promise<readonly Row[]> {
  const running = await makeExchange(key.jwk, serviceKey, memoryReplayStore())
  const get = async (proof?: string): Promise<string> => {
    const answer = await running.answer({
      method: 'POST',
      path: '/token',
      headers: (name) =>
        name === 'content-type' ? ['application/x-www-form-urlencoded'] : name === 'dpop' && proof ? [proof] : [],
      body: async () => post('/token', { ...tokenExchange(mint(key)), scope: 'deploy' }).body ?? '',
    })
    return (JSON.parse(answer?.body ?? '{}') as { readonly access_token: string }).access_token
  }
  const plain = await get()
  // Several jobs, because one key may use at most 10,000 proofs in four minutes.
  const holders = await Promise.all(
    Array.from({ length: 16 }, async () => {
      const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      return { pair, token: await get(proofOf(pair, 'POST', `${running.issuer}/token`)) }
    }),
  )
  const inTurn = (count: number): typeof holders =>
    Array.from({ length: Math.ceil(count / holders.length) }, () => holders)
      .flat()
      .slice(0, count)
  const bearer = (token: string) => (count: number) => Array.from({ length: count }, () => callWith(`Bearer ${token}`))
  const proving = (count: number): readonly Call[] =>
    inTurn(count).map(({ pair, token }) => callWith(`DPoP ${token}`, proofOf(pair, 'GET', `${audience}/deploy`, token)))
  const ci = mint(key)
  const introspecting = (count: number): readonly Call[] =>
    Array.from({ length: count }, () => post('/introspect', { token: plain, ...introspector }))
  return [
    { name: 'two no-ops', requests: bearer(ci) },
    { name: 'CI token', requests: bearer(ci) },
    ...withBefore('service token').map((name) => ({ name, requests: bearer(plain) })),
    ...withBefore('service token, revocable').map((name) => ({ name, requests: bearer(plain) })),
    { name: 'service token, by hasScope()', requests: bearer(plain) },
    { name: 'introspection of a service token', requests: introspecting },
    ...withBefore('service token with DPoP').map((name) => ({ name, requests: proving })),
  ]
}

function callWith(authorization: string, dpop?: string): Call {
  return { method: 'GET', path: '/deploy', headers: { authorization, ...(dpop !== undefined && { dpop }) } }
}

/** A DPoP proof (RFC 9449 §4.2). */
function proofOf(
  { publicKey, privateKey }: { readonly publicKey: KeyObject; readonly privateKey: KeyObject },
  htm: string,
  htu: string,
  token?: string,
): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: publicKey.export({ format: 'jwk' }) }
  const ath = token === undefined ? {} : { ath: createHash('sha256').update(token).digest('base64url') }
  const claims = { jti: randomUUID(), htm, htu, iat: Math.floor(Date.now() / 1000), ...ath }
  const input = `${encode(header)}.${encode(claims)}`
  const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return `${input}.${signature.toString('base64url')}`
}

async function measure(row: Measured, caller: Child<Load, Answered>, calls: number, counts: boolean): Promise<void> {
  const requests = row.requests(calls)
  const before = await row.process.ask('processor time')
  const { good, bad, seconds } = await caller.ask({ port: row.port, until: { calls }, connections, requests })
  const after = await row.process.ask('processor time')
  if (bad > 0) throw new Error(`${row.name} answered ${bad} requests of ${good + bad} with a status other than 200`)
  if (!counts) return
  row.perSecond.push(good / seconds)
  row.processor.push(((after - before) * 1e6) / good)
}

function tableOf(what: string, rows: readonly Measured[], base: Measured | undefined): string {
  const head = [what, `of ${base?.name ?? ''}`, 'p10–p90', 'requests/s', 'µs of processor', 'more']
  return table(
    head,
    rows.map(({ name, perSecond, processor }) => {
      const share = spreadOf(ratios(perSecond, base?.perSecond ?? []))
      const more = processor.map((each, round) => each - (base?.processor[round] ?? NaN))
      return [
        name,
        percent(share.median),
        range(share, percent),
        figure(spreadOf(perSecond).median),
        figure(spreadOf(processor).median),
        figure(spreadOf(more).median),
      ]
    }),
  )
}
