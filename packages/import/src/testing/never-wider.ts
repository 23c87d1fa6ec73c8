/** Compares what an original admits with what our rules admit, over many tokens. */

import type { AnyWorkload } from '@jobpass/core'
import { decide } from '@jobpass/core'
import { loadPolicy } from '@jobpass/policy'
import { importPolicy } from '../import-policy.ts'
import type { Imported, ImportSource } from '../model.ts'
import { providers } from '@jobpass/policy/built-in'

/** Claims of a token. */
export type Claims = Readonly<Record<string, unknown>>

/** A token, verified where our verifier accepts it. */
export interface Job {
  /** The claims, as they are in the token. */
  readonly claims: Claims
  /** The identity; `undefined` where the token is refused before any rule. */
  readonly identity: AnyWorkload | undefined
  /** What is special about it. */
  readonly what: string
  /** The same job as its platform describes it: in another letter case, without empty claims. */
  readonly meant?: Claims
  /** The same job with the subject that the platform makes of its claims, if this is another. */
  readonly withOwnSubject?: Claims
}

/** A policy of the original system, with its meaning. */
export interface Original {
  /** The system. */
  readonly source: ImportSource
  /** The text. */
  readonly text: string
  /** Whether the original admits a token, by its own rules. */
  readonly admits: (claims: Claims) => boolean
}

/** What the comparison found. */
export interface Compared {
  /** What was imported. */
  readonly imported: Imported
  /** Tokens that our rules admit and the original refuses. */
  readonly wider: readonly string[]
  /** Tokens that the original admits and our rules refuse. */
  readonly narrower: readonly string[]
  /** How many tokens both admit. */
  readonly both: number
  /** How many tokens the original admits. */
  readonly original: number
}

/** Decides each job by the original and by our rules. */
export function compare({ source, text, admits }: Original, jobs: readonly Job[]): Compared {
  const imported = importPolicy(source, text)
  const ours = deciderOf(imported)
  const wider: string[] = []
  const narrower: string[] = []
  let both = 0
  let original = 0
  // Where a rule has conditions instead of a pattern for the subject, the import says so.
  const hasParts = imported.findings.some(({ message }) => message.includes('no pattern for the subject'))
  for (const { claims, identity, what, meant, withOwnSubject } of jobs) {
    const theirs = admits(claims)
    const allowed = identity !== undefined && ours(claims, identity)
    if (theirs) original++
    if (theirs && allowed) both++
    // Platforms compare names without letter case, and send no empty names and ids.
    const same = [meant, hasParts ? withOwnSubject : undefined].find((each) => each !== undefined)
    if (allowed && !theirs && !(same !== undefined && admits(same))) wider.push(what)
    const isReal = !hasParts || withOwnSubject === undefined || admits(withOwnSubject)
    if (theirs && !allowed && identity !== undefined && isReal) narrower.push(what)
  }
  return { imported, wider, narrower, both, original }
}

/** What is wrong with an import: it is wider, or stricter without a finding. */
export function faultsOf({ imported, wider, narrower }: Compared): readonly string[] {
  const says = imported.findings.some(({ level }) => level === 'stricter' || level === 'refused')
  return [
    ...wider.slice(0, 4).map((what) => `wider: ${what}, by ${JSON.stringify(imported.policy)}`),
    ...(says ? [] : narrower.slice(0, 4).map((what) => `stricter, without a finding: ${what}`)),
  ]
}

/** The same, and accidents whose example the original does not admit. */
export function mistakesIn(
  found: Compared,
  admits: (claims: Claims) => boolean,
  around: readonly { readonly claims: Claims }[],
): readonly string[] {
  const tokens = around.map(({ claims }) => claims)
  return [...faultsOf(found), ...untrueAccidents(found, admits, tokens)]
}

/** The examples of accidents that the original does not admit, whichever token they change. */
function untrueAccidents(
  { imported }: Compared,
  admits: (claims: Claims) => boolean,
  tokens: readonly Claims[],
): readonly string[] {
  return imported.findings
    .filter(({ level }) => level === 'accident')
    .filter(({ example }) => !tokens.some((claims) => admits({ ...claims, ...example })))
    .map(({ message, example }) => `${message} ${JSON.stringify(example)}`)
}

function deciderOf({ policy, audiences }: Imported): (claims: Claims, identity: AnyWorkload) => boolean {
  if (policy === undefined) return () => false
  const { entries } = loadPolicy(policy, { providers })
  const rules = Object.values(entries).flat() as Parameters<typeof decide>[0]
  return (claims, identity) => {
    // The verifier of the tests has refused tokens with several audiences.
    const isFor = audiences.length === 0 || [claims['aud']].flat().every((aud) => audiences.includes(aud as string))
    return isFor && decide(rules, identity).allowed
  }
}
