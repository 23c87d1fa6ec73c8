/** Cost of refusing a token. */

import { randomBytes } from 'node:crypto'
import type { Verifier } from '@jobpass/core'
import type { Subject } from '../measure/interleave.ts'
import { settled, timed } from '../measure/interleave.ts'
import { ratios, spreadOf } from '../measure/stats.ts'
import type { Pair } from '../report/reading.ts'
import { figure, range, table } from '../report/table.ts'
import type { BenchKey } from '../tokens.ts'
import { mint } from '../mint.ts'
import { freshly, tampered } from '../tokens.ts'
import type { Readings } from './comparison.ts'
import { byHand } from './by-hand.ts'
import { throughEntrance, throughVerify } from './own.ts'
import type { Peer } from './sync-peers.ts'
import { jose } from './peers.ts'
import { aws, fastJwt } from './sync-peers.ts'

/** The subjects that refuse one kind of token. */
export interface Refusals {
  readonly kind: string
  readonly entrance: Subject
  readonly verify: Subject
  readonly peers: readonly Subject[]
  /** The lower bound; `undefined` for tokens that are not decodable. */
  readonly byHand: Subject | undefined
}

/** Kinds of bad tokens, with the code of jobpass for each. */
function kindsOf(key: BenchKey): readonly (readonly [kind: string, code: string, token: string])[] {
  const [header, payload] = mint(key).split('.')
  const past = Math.floor(Date.now() / 1000) - 3600
  return [
    ['garbage, 2 KB', 'token_malformed', randomBytes(1536).toString('base64url')],
    ['not base64', 'request_malformed', `${header}.${payload}!.${'*'.repeat(342)}`],
    ['wrong issuer', 'issuer_untrusted', mint(key, { iss: 'https://ci.example/_services/token' })],
    ['wrong audience', 'audience_mismatch', mint(key, { aud: 'https://other.acme.dev' })],
    ['expired', 'token_expired', mint(key, { exp: past })],
    ['unknown kid', 'key_unknown', mint(key, {}, { kid: 'unknown' })],
    ['bad signature', 'signature_invalid', tampered(mint(key))],
    ...Object.entries(padding).flatMap(([what, more]): [string, string, string][] => [
      [`wrong audience, ${what}`, 'audience_mismatch', mint(key, { ...more, aud: 'https://other.acme.dev' })],
      [`bad signature, ${what}`, 'signature_invalid', tampered(mint(key, more))],
    ]),
  ]
}

const members = (length: number): Readonly<Record<string, string>> =>
  Object.fromEntries(Array.from({ length }, (_, index) => [`member_${index}`, `value ${index}`]))

/** Claims that make a token as long as it may be, or as expensive to parse. */
const padding: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  '15 KB of text': { text: 'x'.repeat(9600) },
  '15 KB beyond ASCII': { text: 'é'.repeat(4800) },
  '160 members': { ...members(91), more: members(33) },
}

/** Codes of tokens that cannot be decoded. */
const unreadable: ReadonlySet<string> = new Set(['token_malformed', 'request_malformed'])

export async function refusals(key: BenchKey, verifier: Verifier): Promise<readonly Refusals[]> {
  const peers = [jose(key), aws(key)[0], fastJwt(key)[0]]
  const kinds = kindsOf(key)
  // Admit one token first, as a running server has.
  await verifier.verify(mint(key))
  for (const [kind, code, token] of kinds) {
    const given = await verifier.verify(token).then(
      () => 'allowed',
      (error: { readonly code?: string }) => error.code,
    )
    if (given !== code) throw new Error(`${kind} is answered with ${given}, not with ${code}`)
  }
  return kinds.map(([kind, code, token]) => ({
    kind,
    entrance: throughEntrance(`${kind}: jobpass, entrance`, verifier, () => token),
    verify: throughVerify(`${kind}: jobpass, verify()`, verifier, () => token),
    peers: peers.map((peer) => refusedBy(peer, kind, token)),
    byHand: unreadable.has(code) ? undefined : byHand(key, () => token, code === 'key_unknown', `${kind}: by hand`),
  }))
}

function refusedBy({ name, waits, verify }: Peer, kind: string, token: string): Subject {
  const input = (): string => freshly(token)
  if (waits)
    return settled(`${kind}: ${name}`, input, (text) => (verify(text) as Promise<unknown>).catch(() => undefined))
  return timed(`${kind}: ${name}`, input, (text) => {
    try {
      verify(text)
    } catch {
      // The refusal is what is measured.
    }
  })
}

/** A table with a row per kind and a column per subject. */
export function refusalTable(all: readonly Refusals[], readings: Readings, base: Subject): string {
  const cell = (subject: Subject | undefined): string => {
    const own = (subject && readings.get(subject)) ?? []
    if (own.length === 0) return '–'
    const ratio = spreadOf(ratios(own, readings.get(base) ?? []))
    return `${figure(ratio.median)} (${range(ratio)}) ${figure(spreadOf(own).median)} µs`
  }
  const head = ['jobpass, entrance', 'jobpass, verify()', 'no package, by hand', ...(all[0]?.peers ?? []).map(peerName)]
  return table(
    [`× ${base.name}`, ...head],
    all.map(({ kind, entrance, verify, byHand: floor, peers }) => [
      kind,
      ...[entrance, verify, floor, ...peers].map(cell),
    ]),
  )
}

const peerName = ({ name }: Subject): string => name.slice(name.indexOf(':') + 2)

/** Compares jose with `verify()`, and synchronous peers with the entrance. */
export function refusalPairs(all: readonly Refusals[], readings: Readings): readonly Pair[] {
  const read = (subject: Subject): Pair['own'] => ({ name: peerName(subject), readings: readings.get(subject) ?? [] })
  return all.flatMap(({ kind, entrance, verify, peers }) =>
    peers.map((peer) => ({
      what: `refusing ${kind}`,
      peer: read(peer),
      own: read(peerName(peer) === 'jose' ? verify : entrance),
    })),
  )
}
