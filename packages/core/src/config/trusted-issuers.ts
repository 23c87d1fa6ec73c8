/** What a verifier decides by: the closed set of issuers, each with its keys, its limits and its rules. */

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

/** Everything about one issuer. */
export interface IssuerPolicy {
  readonly table: CompiledTable
  readonly keys: KeySource
  readonly audienceRules: AudienceRules
  readonly maxTokenAge: number
  readonly maxLifetime: number
  readonly rules: RuleList
  readonly lookups: readonly CompiledLookup[]
  readonly extension: IssuerExtension | undefined
}

export interface Policy extends ResolvedOptions {
  readonly issuers: ReadonlyMap<string, IssuerPolicy>
  readonly denies: RuleList
  /** The algorithms of proofs, where some issuer's tokens may be bound to a key. */
  readonly proofAlgorithms: readonly string[] | undefined
}

/** Compiles the options of a verifier. Throws a `TypeError` that says what to write instead. */
export function compilePolicy(options: VerifierOptions): Policy {
  const { trust, deny, ...settled } = resolveOptions(options)
  const entries = listOf('trust', trust).map(trustEntry)
  const denies = deny === undefined ? [] : listOf('deny', deny).map(denyEntry)
  if (settled.strict) for (const entry of entries) checkStrict(entry)
  entries.forEach(checkFixedAudience)
  for (const { settings } of entries) checkReplay(settings, settled)
  if (settled.replay?.store.perProcess === true)
    settled.warn(`${perProcess}: behind several processes, a token is good for one use in each`)
  for (const entry of entries) extensionOf(entry)?.checkOptions(settled)
  checkAudiences(settled.audiences, entries)
  const issuers = new Map<string, IssuerPolicy>()
  for (const issuer of new Set(entries.flatMap(({ issuers: each }) => each ?? []))) {
    issuers.set(
      issuer,
      issuerPolicy(
        issuer,
        entries.filter((entry) => entry.issuers?.includes(issuer)),
        settled,
      ),
    )
  }
  for (const rule of [...entries, ...denies])
    if ('warnings' in rule) rule.warnings.forEach((warning) => settled.warn(warning))
  const proofAlgorithms = entries.map((entry) => extensionOf(entry)?.proofAlgorithms).find((each) => each !== undefined)
  return { ...settled, issuers, denies: new RuleList(denies), proofAlgorithms }
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

function issuerPolicy(issuer: string, entries: readonly TrustEntry[], settled: ResolvedOptions): IssuerPolicy {
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
    table: first.table,
    keys: createKeySource(issuer, first.source ?? noOptions, {
      ...settled,
      keyHosts: [new URL(issuer).host, ...(first.table.table.keyHosts ?? [])],
      random: Math.random,
      // Nobody may wait for the work of another request where it ends with that request.
      shared: !onWorkers(),
    }),
    audienceRules: {
      accepted: new Set(settings.flatMap(({ audience }) => audiencesFor(audience, settled))),
      several: settings.some(({ multipleAudiences }) => multipleAudiences === true),
      isDefault: defaultAudiencesOf(entries),
      appended: first.table.table.appendedAudience,
    },
    maxTokenAge: Math.min(settled.maxTokenAge, Math.max(...ages)),
    maxLifetime: Math.max(...settings.map(({ maxLifetime }) => maxLifetime ?? limits.maxLifetime)),
    rules: new RuleList(
      entries
        .filter((entry): entry is CompiledRule => 'checks' in entry)
        .map((rule) => withDefaults(rule, {}, settled)),
    ),
    lookups: entries.filter((entry): entry is CompiledLookup => 'find' in entry),
    extension,
  }
}

const extensionOf = (entry: TrustEntry): IssuerExtension | undefined =>
  'extension' in entry ? entry.extension : undefined

/** Nothing, not even what somebody wrote to the prototype of all objects. */
const noOptions: IssuerOptions = ownCopy({})

function sameSource(a: IssuerOptions | undefined, b: IssuerOptions | undefined): boolean {
  return (
    a === b ||
    (a?.jwksUri === b?.jwksUri && a?.fetch === b?.fetch && JSON.stringify(a?.keys) === JSON.stringify(b?.keys))
  )
}

function audiencesFor(audience: RuleSettings['audience'], settled: ResolvedOptions): readonly string[] {
  return audience === undefined ? settled.audiences : audienceList('audience', audience)
}

/**
 * A rule as it holds in `trust`: what it does not set itself it takes from its look-up, then from the verifier, so that no token admitted for the sake of
 * one rule's settings slips in by another rule.
 */
export function withDefaults(rule: CompiledRule, lookup: RuleSettings, settled: ResolvedOptions): CompiledRule {
  const { settings } = rule
  const checks: RuleCheck[] = [...rule.checks, ...settingsChecks(lookup)]
  if (settings.audience === undefined && lookup.audience === undefined) checks.push(audienceCheck(settled.audiences))
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
