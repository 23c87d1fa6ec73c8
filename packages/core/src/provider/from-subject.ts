/** Rules from subjects, for those who come with a trust condition of a cloud provider. */

import { conditionsOf } from '../table/subject-forms.ts'
import type { TrustRule } from '../rule/rule.ts'
import { formatValue } from '../util/format.ts'
import { notMadeHere } from '../util/copies.ts'
import { providerForm } from './make-provider.ts'
import type { ProviderLike } from './parse-rule.ts'
import type { WorkloadFrom } from './provider.ts'

/**
 * Makes a rule from a subject (`sub`) of GitHub Actions, GitLab CI or CircleCI, with a condition
 * for each claim that it names. The rule differs from the subject: it refuses events that outsiders
 * start, such as `pull_request_target`, and a rule on a branch also admits its jobs that name an
 * environment, which have another subject at GitHub. A name is free for others once it was given
 * up: replace it by the id.
 *
 * @throws {TypeError} for a subject that none of the providers has, such as one by a template of
 * its owner or with a wildcard.
 * @example
 * ```ts
 * const rule = fromSubject('repo:acme/shop:ref:refs/heads/main', [githubActions, gitlab])
 * JSON.stringify(rule) // {"provider":"github-actions", … "repository":"acme/shop","branch":"main"}
 * ```
 */
export function fromSubject<const P extends readonly ProviderLike[]>(
  subject: string,
  providers: P,
): TrustRule<WorkloadFrom<P[number]>> {
  if (/[*?]/.test(subject))
    throw new TypeError(
      `fromSubject(): ${formatValue(subject)} has a wildcard, which may cross the parts of a subject: write the conditions that you mean, with glob()`,
    )
  for (const provider of providers) {
    const form = providerForm(provider)
    if (form === undefined)
      throw notMadeHere(provider, `fromSubject() takes providers, such as githubActions, not ${formatValue(provider)}`)
    const conditions = conditionsOf(subject, form.table.table)
    const make = provider as unknown as (conditions: unknown) => TrustRule<never>
    if (conditions !== undefined) return make(conditions)
  }
  const titles = providers.map(({ title }) => title).join(', ')
  throw new TypeError(
    `fromSubject(): ${formatValue(subject)} is no subject that is known of ${titles}: write a condition for each of its claims`,
  )
}
