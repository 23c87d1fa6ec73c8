/** What a verifier decides by: a closed set of issuers, each with its keys, limits and rules. */

import type { VerifyingIssuer } from '../workload/verified-token.ts'
import type { TrustEntry } from './audiences.ts'
import { checkAudiences, checkFixedAudience, defaultAudiencesOf } from './audiences.ts'
import type { CompiledTable } from '../table/compile-table.ts'
import { onWorkers } from '../util/runtime.ts'
import { ownCopy } from '../util/objects.ts'
import { formatValue } from '../util/format.ts'
import type { KeySource } from '../keys/key-source.ts'
import { createKeySource } from '../keys/remote-jwks.ts'
import type { CompiledLookup } from '../provider/make-provider.ts'
import { compiledLookup, providerForm } from '../provider/make-provider.ts'
import type { ResolvedOptions, VerifierOptions } from './options.ts'
import { resolveOptions } from './options.ts'
import type { IssuerOptions } from '../keys/issuer-options.ts'
import type { CompiledRule, RuleCheck, RuleSettings } from '../rule/rule.ts'
import { compiledRule } from '../rule/make-rule.ts'
import { RuleList } from '../rule/rule-list.ts'
import type { IssuerExtension } from '../rule/issuer-extension.ts'
import {
  ageCheck,
  audienceCheck,
  audienceList,
  settingsChecks,
  lifetimeCheck,
  soleAudienceCheck,
} from '../rule/rule-settings.ts'
import { defaultLimits } from '../table/limits.ts'
import type { AudienceRules } from '../token/claims.ts'
import { notMadeHere } from '../util/copies.ts'

/** One issuer, with everything that its tokens are checked against. */
export interface TrustedIssuer extends VerifyingIssuer {
  readonly keys: KeySource
  readonly audienceRules: AudienceRules
  readonly maxTokenAge: number
  readonly maxLifetime: number
  readonly rules: RuleList
  readonly lookups: readonly CompiledLookup[]
  readonly extension: IssuerExtension | undefined
}

/** What one verifier decides by. */
export interface Policy extends ResolvedOptions {
  /** Stands for the verifier in what it makes. */
  readonly verifier: object
  readonly issuers: ReadonlyMap<string, TrustedIssuer>
  readonly denies: RuleList
  /** The algorithms of proofs, where some issuer's tokens may be bound to a key. */
  readonly proofAlgorithms: readonly string[] | undefined
}

/** Compiles the options of a verifier. Throws a `TypeError` that says what to write instead. */
export function compilePolicy(options: VerifierOptions): Policy {
  const { trust, deny, ...resolved } = resolveOptions(options)
  const entries = listOf('trust', trust).map(trustEntry)
  const denies = deny === undefined ? [] : listOf('deny', deny).map(denyEntry)
  if (resolved.strict) for (const entry of entries) checkStrict(entry)
  entries.forEach(checkFixedAudience)
  for (const { settings } of entries) checkReplay(settings, resolved)
  if (resolved.replay?.store.perProcess === true)
    resolved.warn(`${perProcess}: behind several processes, a token is good for one use in each`)
  for (const entry of entries) extensionOf(entry)?.checkOptions(resolved)
  checkAudiences(resolved.audiences, entries)
  const context: VerifierContext = {
    verifier: {},
    now: () => resolved.clock.now() / 1000,
    tolerance: resolved.clockTolerance,
  }
  const issuers = new Map<string, TrustedIssuer>()
  for (const issuer of new Set(entries.flatMap(({ issuers: each }) => each ?? []))) {
    issuers.set(
      issuer,
      trustedIssuer(
        issuer,
        entries.filter((entry) => entry.issuers?.includes(issuer)),
        resolved,
        context,
      ),
    )
  }
  for (const rule of [...entries, ...denies])
    if ('warnings' in rule) rule.warnings.forEach((warning) => resolved.warn(warning))
  const proofAlgorithms = entries.map((entry) => extensionOf(entry)?.proofAlgorithms).find((each) => each !== undefined)
  return { ...resolved, verifier: context.verifier, issuers, denies: new RuleList(denies), proofAlgorithms }
}

function listOf(name: string, value: unknown): readonly unknown[] {
  const list: readonly unknown[] = Array.isArray(value) ? Array.from(value as unknown[]) : [value]
  if (list.length === 0)
    throw new TypeError(
      `${name} is an empty list: ${name === 'trust' ? 'nobody could call; add a rule' : 'leave it out'}`,
    )
  return list
}

function trustEntry(value: unknown): TrustEntry {
  const rule = compiledRule(value)
  if (rule?.effect === 'deny') throw new TypeError('A deny rule stands under `deny`, not in `trust`')
  if (rule?.issuers === undefined && rule !== undefined)
    throw new TypeError('viaExchange() is for a route; trust takes serviceTokens() of the same service')
  const entry = rule ?? compiledLookup(value)
  if (entry !== undefined) return entry
  const form = providerForm(value)
  const instead =
    form === undefined ? formatValue(value) : `the provider itself: call it, ${form.table.table.id}({ … })`
  throw notMadeHere(
    value,
    `trust takes rules made by calling a provider, such as githubActions({ ownerId: '1234567' }), not ${instead}`,
  )
}

function denyEntry(value: unknown): CompiledRule {
  const rule = compiledRule(value)
  if (rule?.effect === 'deny') return rule
  throw notMadeHere(
    value,
    `deny takes rules made by deny(), such as githubActions.deny({ repositoryId: '42' }), not ${formatValue(value)}`,
  )
}

/** What is said of a store that other processes do not share. */
export const perProcess = 'The replay store is of this process only'

/** Throws for one-time use that nobody could keep. */
export function checkReplay({ replay }: RuleSettings, { replay: options }: Pick<ResolvedOptions, 'replay'>): void {
  if (replay === 'once' && options === undefined) throw new TypeError(noStore)
}

/** What is missing where a rule admits once. */
export const noStore =
  "One-time use needs a store in the verifier's options: replay: { store: memoryReplayStore() }, or one that your processes share"

/** What is missing where something is looked up in the store. */
export const noLook =
  'What was exchanged or revoked is looked up in the replay store: it needs seen(key) beside claim(), such as memoryReplayStore() and redisReplayStore() have'

/** Throws for a rule that names alone pin. */
export function checkStrict(entry: TrustEntry): void {
  if ('pinnedById' in entry && !entry.pinnedById) {
    throw new TypeError(
      `strict: a rule for ${entry.table.table.title} is pinned by names, which others can take over; pin an id: ${idPins(entry.table)}`,
    )
  }
}

function idPins({ table, fields }: CompiledTable): string {
  const ids = table.pins.filter((name) => fields.get(name)?.immutable)
  return ids.length === 0 ? `its tokens have none, so that strict has no place for it` : ids.join(' or ')
}

function trustedIssuer(
  issuer: string,
  entries: readonly TrustEntry[],
  resolved: ResolvedOptions,
  context: VerifierContext,
): TrustedIssuer {
  const [first] = entries as [TrustEntry]
  const extension = extensionOf(first)
  for (const entry of entries) {
    const { table, source } = entry
    if (table !== first.table) {
      throw new TypeError(
        `${issuer} is trusted as ${first.table.table.title} and as ${table.table.title}: one issuer has one provider`,
      )
    }
    if (extensionOf(entry) !== extension)
      throw new TypeError(`${issuer} is trusted by serviceTokens() twice: one rule says it`)
    if (!sameSource(source, first.source)) {
      throw new TypeError(`${issuer} is trusted with two sets of keys: make its rules from one and the same .at()`)
    }
  }
  const settings = entries.map((entry) => entry.settings)
  const limits = defaultLimits(first.table.table)
  const ages = settings.map(({ maxTokenAge }) => maxTokenAge ?? limits.maxTokenAge)
  return {
    ...context,
    table: first.table,
    issuerOfJob: extension && issuersOfJobs(extension, context),
    keys: createKeySource(issuer, first.source ?? noOptions, {
      ...resolved,
      keyHosts: [new URL(issuer).host, ...(first.table.table.keyHosts ?? [])],
      random: Math.random,
      // Workers cancel promises together with the request that created them, so requests must not share them.
      shared: !onWorkers(),
    }),
    audienceRules: {
      accepted: new Set(settings.flatMap(({ audience }) => audiencesFor(audience, resolved))),
      several: settings.some(({ multipleAudiences }) => multipleAudiences === true),
      isDefault: defaultAudiencesOf(entries),
      appended: first.table.table.appendedAudience,
    },
    maxTokenAge: Math.min(resolved.maxTokenAge, Math.max(...ages)),
    maxLifetime: Math.max(...settings.map(({ maxLifetime }) => maxLifetime ?? limits.maxLifetime)),
    rules: new RuleList(
      entries
        .filter((entry): entry is CompiledRule => 'checks' in entry)
        .map((rule) => withDefaults(rule, {}, resolved)),
    ),
    lookups: entries.filter((entry): entry is CompiledLookup => 'find' in entry),
    extension,
  }
}

/** What all issuers of a verifier share. */
type VerifierContext = Pick<VerifyingIssuer, 'verifier' | 'now' | 'tolerance'>

/** The issuers of the jobs that an issuer's tokens may represent, one for each of their tables. */
function issuersOfJobs(
  { originTable }: IssuerExtension,
  context: VerifierContext,
): (issuer: string) => VerifyingIssuer | undefined {
  const known = new Map<CompiledTable, VerifyingIssuer>()
  return (issuer) => {
    const table = originTable(issuer)
    if (table === undefined) return undefined
    const found = known.get(table) ?? { ...context, table }
    known.set(table, found)
    return found
  }
}

const extensionOf = (entry: TrustEntry): IssuerExtension | undefined =>
  'extension' in entry ? entry.extension : undefined

/** No options, inherited ones included. */
const noOptions: IssuerOptions = ownCopy({})

function sameSource(a: IssuerOptions | undefined, b: IssuerOptions | undefined): boolean {
  return (
    a === b ||
    (a?.jwksUri === b?.jwksUri && a?.fetch === b?.fetch && JSON.stringify(a?.keys) === JSON.stringify(b?.keys))
  )
}

function audiencesFor(audience: RuleSettings['audience'], resolved: ResolvedOptions): readonly string[] {
  return audience === undefined ? resolved.audiences : audienceList('audience', audience)
}

/**
 * A rule as it holds in `trust`: what it does not set, it takes from its look-up, then from the verifier. A token that is
 * admitted for the settings of one rule thus never passes by another.
 */
export function withDefaults(rule: CompiledRule, lookup: RuleSettings, resolved: ResolvedOptions): CompiledRule {
  const { settings } = rule
  const checks: RuleCheck[] = [...rule.checks, ...settingsChecks(lookup)]
  if (settings.audience === undefined && lookup.audience === undefined) checks.push(audienceCheck(resolved.audiences))
  if (settings.multipleAudiences !== true && lookup.multipleAudiences !== true)
    checks.push(soleAudienceCheck(rule.table.table))
  const limits = defaultLimits(rule.table.table)
  if (settings.maxTokenAge === undefined && lookup.maxTokenAge === undefined && limits.maxTokenAge !== Infinity)
    checks.push(ageCheck(limits.maxTokenAge))
  if (settings.maxLifetime === undefined && lookup.maxLifetime === undefined)
    checks.push(lifetimeCheck(limits.maxLifetime))
  const { replay = lookup.replay } = settings
  return { ...rule, checks, once: replay === 'once' ? { scope: 'trust', per: 'token' } : undefined }
}
