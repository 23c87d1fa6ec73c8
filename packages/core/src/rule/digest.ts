/** A short name for a policy, so that a log line says which rules decided. */

import type { CompiledRule } from './rule.ts'

const offset = 0xcbf29ce484222325n
const prime = 0x100000001b3n

/**
 * The digest of a set of rules, 16 hexadecimal digits: the same for the same rules in the same order, in every process. It tells policies apart; it
 * is no proof against somebody who writes them (64-bit FNV-1a).
 */
export function digestOf(rules: readonly CompiledRule[]): string {
  return digestText(JSON.stringify(rules.map(({ effect, issuers, checks }) => [effect, issuers, checks.map(wordsOf)])))
}

/** The digest of a text. */
export function digestText(text: string): string {
  let hash = offset
  for (const byte of new TextEncoder().encode(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * prime)
  return hash.toString(16).padStart(16, '0')
}

// What code in a rule does is not known, but its text is.
function wordsOf({ field, operator, expected, code }: CompiledRule['checks'][number]): readonly unknown[] {
  return [field, operator, expected, code?.toString()]
}
