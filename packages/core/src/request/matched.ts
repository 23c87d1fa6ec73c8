/** The rules that admitted a request. */

import { issuerLookup } from '../config/issuer-lookup.ts'
import type { Matched } from '../model/verdict.ts'
import { compiledLookup, providerForm } from '../provider/make-provider.ts'
import type { DataFrom } from '../provider/provider.ts'
import { compiledRule } from '../rule/make-rule.ts'
import { reportedRule } from '../rule/report-only.ts'
import { isRuleSet, rulesOf } from '../rule/rule-set.ts'
import type { CompiledRule, RouteRule, TenantIssuers, TrustLookup, TrustRule } from '../rule/rule.ts'
import { matchedBy } from '../rule/verdict.ts'
import type { Awaitable } from '../util/awaitable.ts'
import { notMadeHere, refuseOtherCopy } from '../util/copies.ts'
import { formatValue } from '../util/format.ts'
import { callOf } from './middleware.ts'

/** What `getMatched` takes after the request: what was given to `trust` or `requireWorkload`. */
export type MatchSource =
  | RouteRule
  | TrustLookup
  | TenantIssuers
  | ((workload: never, request: never) => Awaitable<TrustRule | readonly TrustRule[] | undefined>)

/**
 * Returns the rule that admitted a request, with its `data`. `sources` are what was given to
 * `trust` or `requireWorkload`: rules, look-ups, functions that find rules, sets of a policy. Of
 * the rules that they are or found, the last one that admitted the request counts. Default: of all
 * rules, so that a route's rule comes before that of `trust`.
 *
 * The request is Express's `req`, Koa's `ctx` or Hono's `c`.
 *
 * @throws {Error} for a request that no such rule admitted, which is a mistake in the program.
 * @throws {TypeError} for a value that is no source.
 * @example
 * ```ts
 * const shop = githubActions({ repositoryId: '74205118' }, { data: { projectId: 7 } })
 * app.post('/deploy', requireWorkload(shop), (req, res) => {
 *   const { projectId } = getMatched(req, shop).data
 *   res.json({ projectId })
 * })
 * ```
 */
export function getMatched<const S extends readonly MatchSource[]>(
  request: object,
  ...sources: S
): Matched<S extends readonly [] ? unknown : DataFrom<S[number]>> {
  const call = callOf(request)
  if (call?.matched === undefined) {
    refuseOtherCopy(request)
    throw new Error('getMatched() found no caller: put workloadAuth() before it')
  }
  const seen = (call.snapshots ??= new Map())
  const wanted = sources.flatMap((source): readonly object[] =>
    isRuleSet(source) ? rulesOf(source, seen) : [checkSource(source)],
  )
  const isWanted = ({ origins }: CompiledRule): boolean =>
    sources.length === 0 || wanted.some((each) => origins.includes(each))
  const found = call.matched.findLast(isWanted)
  if (found === undefined)
    throw new Error('getMatched() was asked for a rule that did not admit the call; put it in trust or on the route')
  return matchedBy(found) as Matched<S extends readonly [] ? unknown : DataFrom<S[number]>>
}

function checkSource(source: object): object {
  const known = compiledRule(source) ?? reportedRule(source) ?? compiledLookup(source) ?? issuerLookup(source)
  if (known !== undefined || (typeof source === 'function' && providerForm(source) === undefined)) return source
  throw notMadeHere(source, `getMatched() takes what was given to trust or requireWorkload, not ${formatValue(source)}`)
}
