/** The limits on the age and lifetime of tokens, unless a rule sets others. */

import type { ProviderTable } from './provider-table.ts'

/**
 * The limits in `trust`, in seconds. A misconfigured issuer must not hand out tokens that live for
 * ever.
 */
export function defaultLimits({ lifetime, fixedAudience }: ProviderTable): {
  maxTokenAge: number
  maxLifetime: number
} {
  return { maxTokenAge: fixedAudience?.maxTokenAge ?? Infinity, maxLifetime: lifetime?.max ?? 86_400 }
}

/** The longest lifetime that can be configured: a week, in seconds. */
export const longestLifetime = 604_800

/**
 * The largest clock tolerance that can be configured, in seconds. For so long, another verifier on
 * the same store may accept a token that has expired.
 */
export const longestTolerance = 300
