/**
 * What a rejected request costs, by the form and the size of what it carries:
 *
 *     npx tsx --conditions=@jobpass/source test/adversarial/garbage-cost.ts
 *
 * Prints microseconds per call: the median of interleaved rounds, and the range of the middle half.
 */

import { argv, stdout } from 'node:process'
import { pathToFileURL } from 'node:url'
import type { Verifier } from '@jobpass/core'
import { createVerifier, githubActions } from '@jobpass/core'
import { base64url, now } from '@jobpass/testing/internal'
import { audience, githubIssuer, outcomeOf, trusting } from './world.ts'

/**
 * A kind of garbage: a header value of about this many characters, or `undefined` if it needs more.
 */
type Form = (size: number) => string | undefined

const random = (length: number): string => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  // Pseudo-random, and the same in every run.
  return Array.from({ length }, (_, index) => alphabet[(index * index * 7919 + index * 31) % 64]).join('')
}

const dates = { iat: now - 50, exp: now + 250 }
const header = base64url({ alg: 'RS256', kid: 'rsa' })
const signature = random(342)

/** A token with these claims, padded to the size. */
const token =
  (claims: object, more: (room: number) => string): Form =>
  (size) => {
    const start = JSON.stringify(claims).slice(0, -1)
    const room = Math.floor(((size - header.length - signature.length - 10) * 3) / 4) - start.length - 20
    return room < 0 ? undefined : `Bearer ${header}.${base64url(`${start},${more(room)}}`)}.${signature.slice(0, -1)}A`
  }

const text = (room: number): string => `"pad":"${'x'.repeat(room)}"`
const members = (room: number): string =>
  ['"a":1', ...Array.from({ length: Math.floor(room / 10) }, (_, index) => `"${10_000 + index}":1`)].join(',')
const audiences = (room: number): string =>
  `"aud":[${Array.from({ length: Math.floor(room / 3) }, () => '""').join(',')},"x"]`

/** The kinds by name; `rules` is the number of rules of the verifier. */
export const forms: Readonly<Record<string, { readonly make: Form; readonly rules?: number }>> = {
  'no token: characters': { make: (size) => `Bearer ${random(size)}` },
  'no token: dots': { make: (size) => `Bearer ${'.'.repeat(size)}` },
  'no token: spaces before a character': { make: (size) => `Bearer${' '.repeat(size)}x` },
  'another scheme: spaces before a character': { make: (size) => `Basic${' '.repeat(size)}x` },
  'another scheme: commas': { make: (size) => `Basic ${', '.repeat(size / 2)}x` },
  'three parts that are not JSON': {
    make: (size) => `Bearer ${[0, 1, 2].map(() => random(4 * Math.floor(size / 12))).join('.')}`,
  },
  'foreign issuer, one long text': { make: token({ iss: 'https://evil.example' }, text) },
  'foreign issuer, many members': { make: token({ iss: 'https://evil.example' }, members) },
  'foreign issuer, lists within lists': {
    make: token({ iss: 'x' }, (room) => `"a":${'['.repeat(room / 2)}${']'.repeat(room / 2)}`),
  },
  'expired, one long text': { make: token({ iss: githubIssuer, iat: 1, exp: 2 }, text) },
  'other audience, one long text': { make: token({ iss: githubIssuer, ...dates, aud: 'x' }, text) },
  'other audience, 2000 rules': {
    make: token({ iss: githubIssuer, ...dates, aud: 'x' }, text),
    rules: 2000,
  },
  'other audiences, many': { make: token({ iss: githubIssuer, ...dates }, audiences) },
  'other audiences, many; 50 rules': { make: token({ iss: githubIssuer, ...dates }, audiences), rules: 50 },
  'forged signature, one long text': { make: token({ iss: githubIssuer, ...dates, aud: audience }, text) },
}

/** Sizes in characters; a token may have 16384. */
const sizes: readonly number[] = [512, 1024, 4096, 16_384, 65_536, 1_048_576]

export interface Cost {
  readonly form: string
  readonly size: number
  /** Microseconds per call. */
  readonly least: number
  readonly median: number
  readonly lower: number
  readonly upper: number
}

/**
 * Measures every kind at every size; all cells take turns, so that a busy moment affects all alike.
 */
export async function measureGarbage(
  rounds: number,
  sizes: readonly number[],
  chosen: readonly string[] = Object.keys(forms),
): Promise<readonly Cost[]> {
  const verifiers = new Map<number, Verifier>()
  const asked = Object.entries(forms).filter(([form]) => chosen.includes(form))
  const cells = asked.flatMap(([form, { make, rules = 1 }]) =>
    sizes.flatMap((size) => {
      const value = make(size)
      const verifier = verifiers.get(rules) ?? verifierWith(rules)
      verifiers.set(rules, verifier)
      return value === undefined ? [] : [{ form, size, value, verifier, times: [] as number[] }]
    }),
  )
  // Warms up, and skips sizes above one that took a tenth of a second.
  const tooDear = new Set<string>()
  const tried: typeof cells = []
  for (const cell of cells) {
    if (tooDear.has(cell.form)) continue
    if ((await timeOf(cell.verifier, cell.value)) > 100_000) tooDear.add(cell.form)
    tried.push(cell)
  }
  for (let round = 0; round < rounds; round++) {
    for (const { value, verifier, times } of tried) times.push(await timeOf(verifier, value))
  }
  return tried.map(({ form, size, times }) => {
    const sorted = times.toSorted((a, b) => a - b)
    const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] as number
    return { form, size, least: at(0), median: at(0.5), lower: at(0.25), upper: at(0.75) }
  })
}

function verifierWith(rules: number): Verifier {
  const trust = Array.from({ length: rules }, (_, index) =>
    githubActions({ ownerId: `${1_234_567 + index}`, owner: `acme-${index}` }),
  )
  return createVerifier({ ...trusting, trust })
}

/** Microseconds per call, over as many calls as fit into three milliseconds. */
async function timeOf(verifier: Verifier, value: string): Promise<number> {
  const start = performance.now()
  let calls = 0
  do {
    if ((await outcomeOf(verifier.authorize(value))) === 'allowed') throw new Error('garbage was accepted')
    calls++
  } while (performance.now() - start < 3)
  return ((performance.now() - start) * 1000) / calls
}

const shown = (microseconds: number): string => microseconds.toFixed(microseconds < 10 ? 1 : 0)

if (argv[1] !== undefined && import.meta.url === pathToFileURL(argv[1]).href) {
  const costs = await measureGarbage(21, sizes)
  const rows = Object.keys(forms).map((form) => {
    const cells = sizes.map((size) => {
      const cost = costs.find((each) => each.form === form && each.size === size)
      return cost === undefined ? '' : `${shown(cost.median)} (${shown(cost.lower)}–${shown(cost.upper)})`
    })
    return [form, ...cells]
  })
  for (const row of [['µs per rejected call', ...sizes.map(String)], ...rows]) {
    stdout.write(`| ${row.map((cell, index) => cell.padEnd(index === 0 ? 44 : 20)).join(' | ')} |\n`)
  }
}
