/** How old a token may be, and how long it may live, unless a rule says otherwise. */

import type { ProviderTable } from './provider-table.ts'

/** What holds in `trust` where no rule says otherwise, in seconds: a mis-set issuer must not hand out tokens for ever. */
export function defaultLimits({ lifetime, fixedAudience }: ProviderTable): {
  maxTokenAge: number
  maxLifetime: number
} {
  return { maxTokenAge: fixedAudience?.maxTokenAge ?? Infinity, maxLifetime: lifetime?.max ?? 86_400 }
}

/** The longest life of a token that anybody can ask for, in seconds: a week. */
export const longestLifetime = 604_800
