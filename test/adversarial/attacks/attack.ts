/** An attack: a token that must be refused, with the code of the refusal. */

import type { RefusalCode } from '@jobpass/core'

export interface Attack {
  readonly name: string
  readonly token: string
  readonly codes: readonly RefusalCode[]
}

/** Attacks with the same code, by name. */
export function attacks(
  codes: RefusalCode | readonly RefusalCode[],
  tokens: Readonly<Record<string, string>>,
): Attack[] {
  const list = typeof codes === 'string' ? [codes] : codes
  return Object.entries(tokens).map(([name, token]) => ({ name, token, codes: list }))
}
