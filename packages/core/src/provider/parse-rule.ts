/** Rules from JSON: the inverse of `JSON.stringify(rule)`. */

import { fitsTemplate } from '../model/issuer.ts'
import type { ProviderForm } from './make-provider.ts'
import { providerForm } from './make-provider.ts'
import type { WorkloadFrom } from './provider.ts'
import type { OneTimeOptions, TrustRule } from '../rule/rule.ts'
import { oneTime } from '../replay/one-time.ts'
import { compiledRule } from '../rule/make-rule.ts'
import { didYouMean } from '../util/nearest.ts'
import { isPlainObject } from '../util/objects.ts'
import { formatValue, formatForText } from '../util/format.ts'
import { notMadeHere } from '../util/copies.ts'

/** A provider of any kind. */
export interface ProviderLike {
  /** The `provider` of its rules in JSON. */
  readonly id: string
  /** Its name for people. */
  readonly title: string
}

type Callable = ((conditions: unknown, settings?: unknown) => TrustRule<never>) & {
  readonly at: (issuer: unknown) => Callable
}

/**
 * Reads a rule from its JSON, `{ provider, issuer, …conditions, settings? }`. Keys and `fetch`
 * are those of the given provider.
 *
 * @throws {TypeError} for what the provider itself would refuse, for a provider that is not in the
 * list, and for an issuer that does not follow from the conditions.
 * @example
 * ```ts
 * const json = { provider: 'gitlab', issuer: 'https://gitlab.com', ownerId: '99', branch: 'main' }
 * const rule = parseRule(json, [gitlab])
 * ```
 */
export function parseRule<const P extends readonly ProviderLike[]>(
  json: unknown,
  providers: P,
): TrustRule<WorkloadFrom<P[number]>> {
  if (!isPlainObject(json)) throw new TypeError(`A rule in JSON is an object, not ${formatValue(json)}`)
  if (Object.hasOwn(json, 'deny'))
    throw new TypeError('A deny rule in JSON is no trust rule; make it with provider.deny()')
  const { provider: id, issuer, settings, ...conditions } = json
  const candidates = providers.filter((provider) => provider.id === id)
  if (candidates.length === 0) {
    const known = providers.map((provider) => provider.id)
    throw new TypeError(
      `A rule in JSON names the provider ${formatForText(id)}, which is not given${(typeof id === 'string' && didYouMean(id, known)) || '.'} Given: ${known.join(', ')}`,
    )
  }
  const issuers: readonly unknown[] = Array.isArray(issuer) ? issuer : [issuer]
  const provider = choose(candidates as unknown as readonly Callable[], issuers, conditions)
  const rule = ruleFromJson(provider, conditions, Object.hasOwn(json, 'settings') ? (settings ?? null) : undefined)
  const yielded = compiledRule(rule)?.issuers ?? []
  if (yielded.length !== issuers.length || !yielded.every((each) => issuers.includes(each))) {
    throw new TypeError(
      `A rule in JSON has the issuer ${formatForText(issuer)}, but its conditions yield ${formatValue(yielded)}`,
    )
  }
  return rule
}

/**
 * Calls a provider with the conditions and settings of a rule in JSON, whose setting `oneTime` is
 * `true` or the options of `oneTime()`.
 *
 * @throws {TypeError} for what the provider or `oneTime()` refuses.
 */
export function ruleFromJson(
  provider: (conditions: unknown, settings?: unknown) => TrustRule<never>,
  conditions: unknown,
  settings: unknown,
): TrustRule<never> {
  if (!isPlainObject(settings) || !Object.hasOwn(settings, 'oneTime')) return provider(conditions, settings)
  const { oneTime: use, ...others } = settings
  return oneTime(provider(conditions, others), use === true ? {} : (use as OneTimeOptions))
}

function formOf(provider: Callable): ProviderForm {
  const form = providerForm(provider)
  if (form === undefined)
    throw notMadeHere(
      provider,
      `A rule in JSON is read with providers, such as githubActions, not ${formatValue(provider)}`,
    )
  return form
}

/**
 * The provider bound to that issuer, else the provider whose own issuer it is, else the provider
 * bound to it by `.at()`.
 */
function choose(candidates: readonly Callable[], issuers: readonly unknown[], conditions: object): Callable {
  const forms = candidates.map((provider) => ({ provider, form: formOf(provider) }))
  const [issuer] = issuers
  const bound = forms.find(({ form }) => form.boundTo === issuer)
  if (bound !== undefined && issuer !== undefined) return bound.provider
  const base = forms.find(({ form }) => form.boundTo === undefined)
  if (base === undefined) {
    throw new TypeError(
      `A rule in JSON has the issuer ${formatForText(issuer)}, but the given providers have: ${forms.map(({ form }) => form.boundTo).join(', ')}`,
    )
  }
  const template = base.form.table.table.issuer
  const tenants = base.form.table.tenant
  const own =
    template !== undefined &&
    (template === issuer || (tenants.length > 0 && typeof issuer === 'string' && fitsTemplate(template, issuer)))
  if (own) return base.provider
  if (issuers.length !== 1 || typeof issuer !== 'string') {
    throw new TypeError(
      `A rule in JSON needs its issuer, spelled as in iss: ${formatValue(conditions)} has ${formatForText(issuer)}`,
    )
  }
  return base.provider.at(issuer)
}
