/** Payloads as platforms send or document them, and a verifier that reads them. */

import { readFileSync } from 'node:fs'
import { anyEvent, createVerifier, present, WorkloadAuthError } from '@jobpass/core'
import type { AnyWorkload, ProviderTable, TrustRule } from '@jobpass/core'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { CryptoKey, JWK } from 'jose'
import { expect } from 'vitest'
import type { AnyProvider, Preset } from './presets.ts'

/** One payload, and the expected result. */
export interface Payload {
  /** The kind of token, for the test name. */
  readonly what: string
  /** Default: RS256 and JWT. */
  readonly header?: { readonly alg: string; readonly typ?: string }
  readonly claims: Readonly<Record<string, unknown>>
  /** Fields that the workload must have; `null` for one that must be absent. */
  readonly reads?: Readonly<Record<string, unknown>>
  /** The code, and the claim if the refusal names one. */
  readonly refused?: string
  /** Claims that the table does not list because an administrator adds them. */
  readonly unlisted?: readonly string[]
  /** Settings of the rule that such tokens need. */
  readonly settings?: object
}

/** Folder of the payloads. */
export const folder = new URL('payloads/', import.meta.url)
/** The payloads of a provider. */
export const payloadsOf = (id: string): readonly Payload[] =>
  JSON.parse(readFileSync(new URL(`${id}.json`, folder), 'utf8')) as readonly Payload[]

interface Key {
  readonly privateKey: CryptoKey
  readonly jwk: JWK
}

const keys = new Map<string, Promise<Key>>()
async function makeKey(alg: string): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { privateKey, jwk: { ...(await exportJWK(publicKey)), kid: alg, alg, use: 'sig' } }
}
function keyFor(alg: string): Promise<Key> {
  const key = keys.get(alg) ?? makeKey(alg)
  keys.set(alg, key)
  return key
}

const firstOf = (audience: unknown): string =>
  String((Array.isArray(audience) ? (audience as unknown[])[0] : audience) ?? 'https://api.acme.dev')

/**
 * Each combination of `untrustedWhen` fields; a rule admits such a run only if it names all of
 * them.
 */
const marksOf = ({ untrustedWhen = [] }: ProviderTable): readonly object[] =>
  untrustedWhen.reduce<object[]>(
    (sets, field) => [...sets, ...sets.map((set) => ({ ...set, [field]: present() }))],
    [{}],
  )

/** The provider bound to an issuer, with the tenant of a template. */
export function bindTo(
  provider: AnyProvider,
  iss: string,
): { readonly bound: AnyProvider; readonly tenant: object; readonly required: readonly string[] } {
  const { table } = provider
  const [field, ...rest] = [...(table.issuer ?? '').matchAll(/\{(\w+)\}/g)].flatMap((match) => match.slice(1, 2))
  expect(rest).toEqual([])
  const [before = '', after = ''] = (table.issuer ?? '').split(/\{\w+\}/)
  const ofTenant = field !== undefined && iss.startsWith(before) && iss.endsWith(after) && iss.length > before.length
  const tenant = ofTenant ? { [field]: iss.slice(before.length, iss.length - after.length) } : {}
  const bound = ofTenant || table.issuer === iss ? provider : provider.at(iss)
  return { bound, tenant, required: field === undefined ? [] : [field] }
}

/** Rules that admit every token of the payload's tenant. */
function rulesFor({ provider, fixture }: Preset, { claims, reads, settings }: Payload): TrustRule<never>[] {
  const { table } = provider
  const { bound, tenant, required } = bindTo(provider, String(claims['iss']))
  const pinsIn = (given: object): readonly (readonly [string, unknown])[] =>
    Object.entries({ subject: claims['sub'], ...given }).filter(([name]) => [...required, ...table.pins].includes(name))
  const own = pinsIn(reads ?? {})
  const pins = own.length > 0 ? own : pinsIn(fixture.rule.conditions)
  const event = table.trustedEvents === undefined ? {} : { event: anyEvent() }
  const how = { ...fixture.rule.settings, audience: firstOf(claims['aud']), ...settings }
  if (table.issuer === undefined)
    return marksOf(table).map((marks) => bound({ ...event, ...marks }, { ...how, anyWorkload: true }))
  return marksOf(table).map((marks) => bound({ ...Object.fromEntries(pins), ...tenant, ...event, ...marks }, how))
}

/** What a server gets and has for a payload: a signed token, the issuer's documents, its rules. */
export async function serve(
  preset: Preset,
  payload: Payload,
): Promise<{
  readonly token: string
  readonly fetch: typeof fetch
  readonly trust: TrustRule<never>[]
  readonly now: number
}> {
  const { claims, header = { alg: 'RS256', typ: 'JWT' } } = payload
  const { privateKey, jwk } = await keyFor(header.alg)
  const token = await new SignJWT(claims).setProtectedHeader({ ...header, kid: header.alg }).sign(privateKey)
  const iss = String(claims['iss'])
  const documents = async (url: unknown): Promise<Response> =>
    Response.json(String(url).includes('/.well-known/') ? { issuer: iss, jwks_uri: `${iss}/keys` } : { keys: [jwk] })
  return { token, fetch: documents, trust: rulesFor(preset, payload), now: Number(claims['iat']) * 1000 }
}

/** The workload of a payload, or the code of its refusal with the claim that it names. */
export async function read(preset: Preset, payload: Payload): Promise<AnyWorkload | string> {
  const { token, fetch, trust, now } = await serve(preset, payload)
  const verifier = createVerifier({
    audience: 'https://api.acme.dev',
    trust,
    fetch,
    clock: { now: () => now, after: () => () => {} },
  })
  return verifier.verify(token).then(
    (workload) => workload as AnyWorkload,
    (error: unknown) => {
      if (!(error instanceof WorkloadAuthError)) throw error
      const { code, problem } = error
      return [code, (problem as { readonly claim?: string }).claim].filter(Boolean).join(' ')
    },
  )
}
