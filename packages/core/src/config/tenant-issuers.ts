/** Issuers that tenants bring: the application names each before anything is fetched from it. */

import type { TrustEntry } from './audiences.ts'
import type { FindIssuer } from './issuer-lookup.ts'
import { registerLookup } from './issuer-lookup.ts'
import type { ResolvedOptions } from './options.ts'
import { checkEntries, trustEntry } from './trust-entries.ts'
import type { VerifierContext } from '../workload/verified-token.ts'
import type { TrustedIssuer } from './trusted-issuers.ts'
import { sameSource, trustedIssuer } from './trusted-issuers.ts'
import { kindOf } from './warnings.ts'
import { checkIssuer } from '../model/issuer.ts'
import type { Refusal } from '../model/refusal.ts'
import { refuse } from '../model/refusal.ts'
import type { DataFrom, WorkloadFrom } from '../provider/provider.ts'
import type { TenantIssuers, TrustLookup, TrustRule } from '../rule/rule.ts'
import type { Awaitable } from '../util/awaitable.ts'
import { within } from '../util/clock.ts'
import { formatUrl, formatValue } from '../util/format.ts'
import { readOptions } from '../util/options.ts'
import { onWorkers } from '../util/runtime.ts'

/** For how long, and for how many issuers, `tenantIssuers()` keeps what the function answered. */
export interface TenantIssuerOptions {
  /**
   * How long a found issuer is trusted before it is asked for again: seconds, 1 to 3600.
   * Default 300.
   */
  readonly maxAge?: number
  /** How long an issuer that was not found is refused: seconds, 1 to 3600. Default 60. */
  readonly unknownMaxAge?: number
  /** How many found issuers are kept, with their keys: 1 to 100000. Default 1000. */
  readonly maxIssuers?: number
}

/** The longest that the application may take: milliseconds. */
const timeout = 5_000
/** The `Retry-After` of a question that failed: seconds. */
const retryAfter = 5
/** The most questions for issuers that are not known yet, at once. */
const maxQuestions = 100
/** The most issuers that are remembered as not found. */
const maxUnknown = 10_000
/** The most documents that are fetched at once. */
const maxFetches = 20

/**
 * Trusts the issuers that tenants bring, such as their own GitLab. `find` gets the issuer that a
 * token names, before anything is verified or fetched, and answers with the rules for it, made by
 * `.at(issuer)`, or with nothing, and then the token is refused. What it answers is kept for a
 * while; it is asked once at a time for each issuer. For `trust`.
 *
 * Keys are fetched from the issuers that `find` names: refuse addresses of your own network when a
 * tenant registers one.
 *
 * @throws {TypeError} for options that are not allowed.
 * @example
 * ```ts
 * const tenants = tenantIssuers(async (issuer) => {
 *   const tenant = await database.tenantOf(issuer)
 *   return tenant && gitlab.at(issuer)({ ownerId: tenant.group }, { data: { tenant: tenant.id } })
 * })
 * app.use(workloadAuth({ audience: 'https://api.acme.dev', trust: tenants }))
 * app.post('/deploy', (req, res) => res.json(getMatched(req, tenants).data))
 * ```
 */
export function tenantIssuers<R extends TrustRule | TrustLookup>(
  find: (issuer: string) => Awaitable<R | readonly R[] | undefined>,
  options: TenantIssuerOptions = {},
): TenantIssuers<WorkloadFrom<R>, DataFrom<R>> {
  if (typeof find !== 'function')
    throw new TypeError(`tenantIssuers() takes a function that finds the rules for an issuer, not ${formatValue(find)}`)
  const names = { maxAge: true, unknownMaxAge: true, maxIssuers: true } as const
  const given = readOptions<TenantIssuerOptions>('tenantIssuers()', options, names)
  const limits: Limits = {
    maxAge: wholeNumber('maxAge', given.maxAge ?? 300, 3_600) * 1000,
    unknownMaxAge: wholeNumber('unknownMaxAge', given.unknownMaxAge ?? 60, 3_600) * 1000,
    maxIssuers: wholeNumber('maxIssuers', given.maxIssuers ?? 1_000, 100_000),
  }
  return registerLookup((origin) => (resolved, context) => {
    const issuers = new FoundIssuers({ find, limits, origin, resolved, context })
    return (issuer) => issuers.find(issuer)
  })
}

function wholeNumber(name: string, value: unknown, most: number): number {
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most) return value as number
  throw new TypeError(`tenantIssuers(): ${name} must be a whole number from 1 to ${most}, not ${formatValue(value)}`)
}

type Limits = Required<TenantIssuerOptions>

interface Deps {
  readonly find: (issuer: string) => unknown
  readonly limits: Limits
  /** What `tenantIssuers()` returned, for `getMatched()`. */
  readonly origin: object
  readonly resolved: ResolvedOptions
  readonly context: VerifierContext
}

interface Found {
  readonly trusted: TrustedIssuer
  /** Where its keys come from. */
  readonly source: TrustEntry['source']
}

/** The issuers that one verifier found, and those that it did not. */
class FoundIssuers {
  readonly #deps: Deps
  /** By issuer, the one that was used longest ago first. */
  readonly #found = new Map<string, Found>()
  /** When each issuer was not found, the earliest first. */
  readonly #unknown = new Map<string, number>()
  readonly #questions = new Map<string, Promise<TrustedIssuer | Refusal | undefined>>()
  readonly #limit = new FetchLimit()

  constructor(deps: Deps) {
    this.#deps = deps
  }

  find(issuer: string): ReturnType<FindIssuer> {
    const found = this.#found.get(issuer)
    if (found?.trusted.isCurrent?.() === true) {
      this.#found.delete(issuer)
      this.#found.set(issuer, found)
      return found.trusted
    }
    if (this.#isYoung(this.#unknown.get(issuer), this.#deps.limits.unknownMaxAge) || !isIssuer(issuer)) return undefined
    return this.#questions.get(issuer) ?? this.#ask(issuer, found)
  }

  /** A clock that was set back makes every age unknown. */
  #isYoung(since: number | undefined, maxAge: number): boolean {
    const age = since === undefined ? -1 : this.#deps.resolved.clock.now() - since
    return age >= 0 && age < maxAge
  }

  #ask(issuer: string, before: Found | undefined): Awaitable<TrustedIssuer | Refusal | undefined> {
    // Tenants that are known are asked for whatever strangers send.
    if (before === undefined && this.#questions.size >= maxQuestions)
      return refuse('resolver_unavailable', { retryAfter })
    const answer = this.#resolve(issuer, before)
    // Workers cancel promises together with the request that created them.
    if (onWorkers()) return answer
    const question = answer.finally(() => this.#questions.delete(issuer))
    this.#questions.set(issuer, question)
    return question
  }

  async #resolve(issuer: string, before: Found | undefined): Promise<TrustedIssuer | Refusal | undefined> {
    const { find, limits, resolved } = this.#deps
    const since = resolved.clock.now()
    const failed = (detail: string, cause: unknown): Refusal => {
      resolved.fault('A look-up of an issuer failed', detail)
      return refuse('resolver_unavailable', { retryAfter, cause })
    }
    let answer: unknown
    try {
      answer = await within(resolved.clock, timeout, async () => find(issuer))
    } catch (error) {
      // The error of a database may contain its secrets: the hook gets it, and warnings do not.
      return failed(kindOf(error), error)
    }
    const rules = [answer ?? []].flat()
    if (rules.length === 0) {
      this.#found.delete(issuer)
      keep(this.#unknown, issuer, since, maxUnknown)
      return undefined
    }
    try {
      const made = this.#make(issuer, rules, since, before)
      this.#unknown.delete(issuer)
      keep(this.#found, issuer, made, limits.maxIssuers)
      return made.trusted
    } catch (error) {
      return failed((error as TypeError).message, error)
    }
  }

  #make(issuer: string, rules: readonly unknown[], since: number, before: Found | undefined): Found {
    const { limits, origin, resolved, context } = this.#deps
    const given = rules.map(trustEntry)
    for (const { issuers, ...entry } of given) {
      if ('extension' in entry) throw new TypeError('tenantIssuers() finds no serviceTokens()')
      if (issuers?.length !== 1 || issuers[0] !== issuer)
        throw new TypeError(
          `tenantIssuers() was asked for the issuer ${formatUrl(issuer)}, and found a rule for ${String(issuers?.join(' and '))}: make it by .at(issuer)`,
        )
    }
    const entries = given.map((entry) => ({
      ...entry,
      ...(entry.source?.fetch && { source: { ...entry.source, fetch: this.#limit.of(entry.source.fetch) } }),
      ...('origins' in entry && { origins: [...entry.origins, origin] }),
    }))
    checkEntries(entries, resolved)
    const { source } = given[0] as TrustEntry
    const made = trustedIssuer(issuer, entries, { ...resolved, fetch: this.#limit.of(resolved.fetch) }, context)
    const keys = before !== undefined && sameSource(source, before.source) ? before.trusted.keys : made.keys
    return { source, trusted: { ...made, keys, isCurrent: () => this.#isYoung(since, limits.maxAge) } }
  }
}

/** Whether an unverified `iss` is spelled as an issuer can be. */
function isIssuer(issuer: string): boolean {
  try {
    return checkIssuer(issuer, true) === issuer
  } catch {
    return false
  }
}

/** Keeps an entry, and drops the oldest ones above the limit. */
function keep<V>(map: Map<string, V>, key: string, value: V, most: number): void {
  map.delete(key)
  map.set(key, value)
  for (const oldest of map.keys()) {
    if (map.size <= most) return
    map.delete(oldest)
  }
}

/** Lets few fetches run at once, whichever function makes them; others wait for their turn. */
class FetchLimit {
  readonly #waiting: (() => void)[] = []
  readonly #made = new WeakMap<typeof fetch, typeof fetch>()
  #running = 0

  /** The same limited function for the same function. */
  of(reach: typeof fetch): typeof fetch {
    const made = this.#made.get(reach) ?? ((input, init) => this.#run(() => reach(input, init)))
    this.#made.set(reach, made)
    return made
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    // On Workers a request cannot wake another.
    if (this.#running < maxFetches || onWorkers()) this.#running++
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await work()
    } finally {
      // The next one takes this one's place.
      const next = this.#waiting.shift()
      if (next === undefined) this.#running--
      else next()
    }
  }
}
