/** Rules that admit a CI token for as long as it was not exchanged. */

import type { OneTimeRule, TrustRule } from '@jobpass/core'
import { exchangeUse, wrapOnce } from '@jobpass/core/internal'

/**
 * Makes a rule refuse a CI token that was exchanged, as `token_exchanged`, on a route; without it such a token is as good as before until it expires. The verifier needs the
 * `replay` store that the exchange claims in. A token that was not exchanged is admitted any number of times.
 *
 * Throws a `TypeError` for something that is no trust rule.
 *
 * @example
 * ```ts
 * app.get('/status', requireWorkload(notExchanged(githubActions({ repositoryId: '74205118' }))), handler)
 * ```
 */
export function notExchanged<W>(rule: TrustRule<W>): OneTimeRule<W> {
  return wrapOnce('notExchanged()', rule, () => ({ once: { ...exchangeUse, checkOnly: true } }))
}
