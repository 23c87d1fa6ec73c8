/** Rules that admit a CI token until it is exchanged. */

import type { TrustRule } from '@jobpass/core'
import { exchangeUse, withUse } from '@jobpass/core/internal'
import { checkLookUp } from './look-up.ts'

/**
 * Makes a rule refuse an exchanged CI token (`token_exchanged`). Without it, an exchanged
 * token keeps working until it expires. The verifier needs the exchange's `replay` store. A token
 * that was not exchanged is admitted any number of times.
 *
 * @throws {TypeError} for anything except a trust rule.
 *
 * @example
 * ```ts
 * const rule = githubActions({ repositoryId: '74205118' })
 * app.get('/status', requireWorkload(notExchanged(rule)), handler)
 * ```
 */
export function notExchanged<W, D>(rule: TrustRule<W, D>): TrustRule<W, D> {
  return withUse('notExchanged()', rule, ({ checks }) => ({
    once: {
      ...exchangeUse,
      checkOnly: true,
      checkOptions: (options) => checkLookUp(options, 'notExchanged() sees only what its own process exchanged'),
    },
    checks,
    json: undefined,
  }))
}
