/** An attack: a token that nobody should accept, and what its bearer is told. */

import type { RefusalCode } from '@jobpass/core'

export interface Attack {
  readonly name: string
  readonly token: string
  readonly codes: readonly RefusalCode[]
}

/** Attacks that end in the same code, by name. */
export function attacks(
  codes: RefusalCode | readonly RefusalCode[],
  tokens: Readonly<Record<string, string>>,
): Attack[] {
  const list = typeof codes === 'string' ? [codes] : codes
  return Object.entries(tokens).map(([name, token]) => ({ name, token, codes: list }))
}
