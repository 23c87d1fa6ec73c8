/** The compiled options of a verifier: its issuers, its deny rules and all other settings. */

import type { FindIssuer } from './issuer-lookup.ts'
import { issuerLookup } from './issuer-lookup.ts'
import { formatValue } from '../util/format.ts'
import type { ResolvedOptions, VerifierOptions } from './options.ts'
import { resolveOptions } from './options.ts'
import type { CompiledRule } from '../rule/rule.ts'
import { compiledRule } from '../rule/make-rule.ts'
import { RuleList } from '../rule/rule-list.ts'
import { notMadeHere } from '../util/copies.ts'
import type { VerifierContext } from '../workload/verified-token.ts'
import type { TrustedIssuer } from './trusted-issuers.ts'
import { perProcess } from './replay-option.ts'
import { checkEntries, trustEntry } from './trust-entries.ts'
import { extensionOf, trustedIssuer } from './trusted-issuers.ts'

/** The compiled options of one verifier. */
export interface VerifierConfig extends ResolvedOptions {
  /** Identifies the verifier in the tokens that it verifies. */
  readonly verifier: object
  /** The trusted issuers, by `iss`. */
  readonly issuers: ReadonlyMap<string, TrustedIssuer>
  /** Finds the issuers that are not known at construction; `undefined` where all are. */
  readonly findIssuer: FindIssuer | undefined
  /** The rules in `deny`. */
  readonly denies: RuleList
  /** Whether a hook or a check may read the request. */
  readonly readsRequest: boolean
  /**
   * The signature algorithms for proofs of possession; `undefined` where tokens of no issuer may be
   * bound to a key.
   */
  readonly proofAlgorithms: readonly string[] | undefined
}

/**
 * Compiles the options of a verifier.
 *
 * @throws {TypeError} that says what to write instead.
 */
export function compileConfig(options: VerifierOptions): VerifierConfig {
  const { trust, deny, ...resolved } = resolveOptions(options)
  const given = listOf('trust', trust)
  const lookups = given.map(issuerLookup).filter((each) => each !== undefined)
  if (lookups.length > 1) throw new TypeError('trust takes one tenantIssuers()')
  const entries = given.filter((value) => issuerLookup(value) === undefined).map(trustEntry)
  const denies = deny === undefined ? [] : listOf('deny', deny).map(denyEntry)
  if (resolved.replay?.store.perProcess === true)
    resolved.warn(`${perProcess}: behind several processes, a token is good for one use in each`)
  checkEntries(entries, resolved)
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
  for (const rule of denies) rule.warnings.forEach((warning) => resolved.warn(warning))
  const extensions = entries.map(extensionOf).filter((each) => each !== undefined)
  return {
    ...resolved,
    verifier: context.verifier,
    issuers,
    findIssuer: lookups[0]?.(resolved, context),
    denies: new RuleList(denies),
    readsRequest: resolved.observed || extensions.length > 0,
    proofAlgorithms: extensions.find((each) => each.proofAlgorithms)?.proofAlgorithms,
  }
}

function listOf(name: string, value: unknown): readonly unknown[] {
  const list: readonly unknown[] = Array.isArray(value) ? Array.from(value as unknown[]) : [value]
  if (list.length === 0)
    throw new TypeError(
      `${name} is an empty list: ${name === 'trust' ? 'nobody could call; add a rule' : 'leave it out'}`,
    )
  return list
}

function denyEntry(value: unknown): CompiledRule {
  const rule = compiledRule(value)
  if (rule?.effect === 'deny') return rule
  throw notMadeHere(
    value,
    `deny takes rules made by deny(), such as githubActions.deny({ repositoryId: '42' }), not ${formatValue(value)}`,
  )
}
