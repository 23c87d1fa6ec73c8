/** What the tests of every source check of an import. */

import type { Imported } from '../model.ts'
import type { Original } from './compare.ts'
import { compare } from './compare.ts'
import type { Claims, Job } from './jobs.ts'

/** What is wrong with an import; empty lists where nothing is. */
export interface Checks {
  /** Tokens that the rules admit and the original refuses. */
  readonly wider: readonly Claims[]
  /** Tokens that the rules refuse and the original admits, where no finding says so. */
  readonly unsaid: readonly Claims[]
  /** Examples of findings that the original does not admit. */
  readonly falseExamples: readonly Claims[]
  /** Tokens that both admit. */
  readonly both: number
  /** How many decisions were compared. */
  readonly decisions: number
}

/** Compares an import with its original on the tokens of many jobs. */
export function checksOf(imported: Imported, original: Original, jobs: readonly Job[]): Checks {
  const { wider, narrower, both, decisions } = compare(imported, original, jobs)
  const { findings } = imported
  const isSaid = findings.some(({ level }) => level === 'stricter' || level === 'refused')
  const all = jobs.map(({ claims }) => claims)
  const admitted = all.filter((claims) => original(claims, String))
  const bases = admitted.length === 0 ? all : admitted
  const examples = findings.flatMap(({ level, example }) =>
    example && (level === 'accident' || level === 'stricter') ? [example] : [],
  )
  const isFalse = (example: Claims): boolean => !bases.some((claims) => original({ ...claims, ...example }, String))
  return { wider, unsaid: isSaid ? [] : narrower, falseExamples: examples.filter(isFalse), both, decisions }
}
