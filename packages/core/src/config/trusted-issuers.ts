/** The closed set of issuers that a verifier trusts, each with its keys, limits and rules. */

import type { VerifierContext, VerifyingIssuer } from '../workload/verified-token.ts'
import type { TrustEntry } from './audiences.ts'
import { defaultAudiencesOf } from './audiences.ts'
import { onWorkers } from '../util/runtime.ts'
import { ownCopy } from '../util/objects.ts'
import type { KeySource } from '../keys/key-source.ts'
import { createKeySource } from '../keys/remote-jwks.ts'
import type { CompiledLookup } from '../provider/make-provider.ts'
import type { ResolvedOptions } from './options.ts'
import type { IssuerOptions } from '../keys/issuer-options.ts'
import type { CompiledRule, RuleCheck, RuleSettings } from '../rule/rule.ts'
import { RuleList } from '../rule/rule-list.ts'
import type { IssuerExtension } from '../rule/issuer-extension.ts'
import { defaultLimits } from '../table/limits.ts'
import type { AudienceRules } from '../token/claims.ts'
import { audiencesFor, withDefaults } from './rule-demands.ts'

/** One issuer, with everything that its tokens are checked against. */
export interface TrustedIssuer extends VerifyingIssuer {
  /** The source of its keys. */
  readonly keys: KeySource
  /** Which audiences its tokens may name. */
  readonly audienceRules: AudienceRules
  /** The maximum age of a token under any of its rules: seconds since `iat`; may be `Infinity`. */
  readonly maxTokenAge: number
  /** The maximum lifetime of a token under any of its rules: seconds from `iat` to `exp`. */
  readonly maxLifetime: number
  /** Its rules in `trust`, with the verifier's defaults. */
  readonly rules: RuleList
  /** Its look-ups in `trust`, in order. */
  readonly lookups: readonly CompiledLookup[]
  /** Additional checks on its tokens; `undefined` for CI systems. */
  readonly extension: IssuerExtension | undefined
  /** Whether it is still trusted. Default: as long as the verifier exists. */
  readonly isCurrent?: () => boolean
}

/**
 * Makes a trusted issuer from its entries in `trust`.
 *
 * @throws {TypeError} for entries that contradict each other.
 */
export function trustedIssuer(
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
    readJob: extension?.jobReader(context),
    keys: createKeySource(issuer, first.source ?? noOptions, {
      ...resolved,
      keyHosts: [new URL(issuer).host, ...(first.table.table.keyHosts ?? [])],
      random: Math.random,
      // Workers cancel promises together with the request that created them, so requests must not
      // share them.
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
        .map((rule) => ({ ...withDefaults(rule, {}, resolved), undecided: undecided(rule, settings) })),
    ),
    lookups: entries.filter((entry): entry is CompiledLookup => 'find' in entry),
    extension,
  }
}

/**
 * The checks of a rule that the verification of a token does not make. Where no entry of the issuer
 * has settings on audience, age or lifetime, the verifier's limits are those of each rule.
 */
function undecided(rule: CompiledRule, settings: readonly RuleSettings[]): readonly RuleCheck[] | undefined {
  const isPlain = ({ audience, multipleAudiences, maxTokenAge, maxLifetime }: RuleSettings): boolean =>
    (audience ?? multipleAudiences ?? maxTokenAge ?? maxLifetime) === undefined
  return settings.every(isPlain) ? rule.checks.filter(({ ofIssuer }) => !ofIssuer) : undefined
}

/** The extension of an entry in `trust`; look-ups have none. */
export const extensionOf = (entry: TrustEntry): IssuerExtension | undefined =>
  'extension' in entry ? entry.extension : undefined

/** Empty options that inherit nothing. */
const noOptions: IssuerOptions = ownCopy({})

/** Whether keys come from the same place. */
export function sameSource(a: IssuerOptions | undefined, b: IssuerOptions | undefined): boolean {
  return (
    a === b ||
    (a?.jwksUri === b?.jwksUri && a?.fetch === b?.fetch && JSON.stringify(a?.keys) === JSON.stringify(b?.keys))
  )
}
