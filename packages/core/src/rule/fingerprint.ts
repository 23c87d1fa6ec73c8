/** Fingerprints of rules, so that a log line says which rules decided. */

import type { CompiledRule } from './rule.ts'

/**
 * The fingerprint of a list of rules: 16 hexadecimal digits, the same for the same rules in the
 * same order, in every process. It distinguishes rules; it is not collision-resistant against their
 * authors (64-bit FNV-1a).
 */
export function digestOf(rules: readonly CompiledRule[]): string {
  return fingerprint(JSON.stringify(rules.map(({ effect, issuers, checks }) => [effect, issuers, checks.map(wordsOf)])))
}

// The offset basis cbf29ce484222325 in four parts of 16 bits, lowest first: a BigInt would be
// allocated for each byte.
const offset = [0x2325, 0x8422, 0x9ce4, 0xcbf2] as const

/** The fingerprint of a text. */
export function fingerprint(text: string): string {
  let [a, b, c, d]: [number, number, number, number] = [...offset]
  for (const byte of new TextEncoder().encode(text)) {
    a = a ^ byte
    // Multiplies by the prime 2^40 + 2^8 + 0xb3, modulo 2^64.
    const lowest = a * 0x1b3
    const low = b * 0x1b3 + (lowest >>> 16)
    const high = c * 0x1b3 + (a << 8) + (low >>> 16)
    d = (d * 0x1b3 + (b << 8) + (high >>> 16)) & 0xffff
    a = lowest & 0xffff
    b = low & 0xffff
    c = high & 0xffff
  }
  return [d, c, b, a].map((part) => part.toString(16).padStart(4, '0')).join('')
}

// The text of a rule's code is known; what it does is not.
function wordsOf({ field, operator, expected, code }: CompiledRule['checks'][number]): readonly unknown[] {
  return [field, operator, expected, code?.toString()]
}
