/** Rules that admit a CI token for as long as it was not exchanged. */

import { exchangeUse } from './replay.ts'
import { wrapOnce } from './one-time.ts'
import type { OneTimeRule, TrustRule } from '../rule/rule.ts'

/**
 * Makes a rule refuse a CI token that was exchanged, as `token_exchanged`, on a route; without it such a token is as good as before until it expires. The verifier needs the
 * `replay` store that the exchange claims in. A token that was not exchanged is admitted any number of times.
 *
 * Throws a `TypeError` for something that is no trust rule.
 *
 * @example
 * ```ts
 * app.get('/status', requireWorkload(exchangedOnly(githubActions({ repositoryId: '74205118' }))), handler)
 * ```
 */
export function exchangedOnly<W>(rule: TrustRule<W>): OneTimeRule<W> {
  return wrapOnce('exchangedOnly()', rule, () => ({ once: { ...exchangeUse, look: true } }))
}
