/**
 * No semver: for the other packages of jobpass only. Any release may change or remove these
 * exports.
 */

export type { Call } from './request/call.ts'
export { callOf, keepCall } from './request/middleware.ts'
export { checkSnapshot } from './request/guard-rules.ts'
export { configOf } from './request/pipelines.ts'
export { watchRefusals } from './request/watch-refusals.ts'
export type { SeenRefusal } from './request/watch-refusals.ts'
export { reportedRule } from './rule/report-only.ts'
export { optionNames } from './config/options.ts'
export { perProcess } from './config/replay-option.ts'
export type { VerifierConfig } from './config/verifier-config.ts'
export { providerForm } from './provider/make-provider.ts'
export { ruleFromJson } from './provider/parse-rule.ts'
export { askStore, claimKey, claimOnce, digestKey, isSeen, margin } from './replay/replay.ts'
export { fingerprint } from './rule/fingerprint.ts'
export { formFault } from './rule/value-form.ts'
export { isVersion } from './rule/version.ts'
export { issuerChecks } from './rule/implied-checks.ts'
export type { ExtensionDeps, IssuerExtension, PresentedToken } from './rule/issuer-extension.ts'
export { checkRouteRule, compiledRule, registerRule } from './rule/make-rule.ts'
export { noStore, withUse } from './replay/one-time.ts'
export { runCheck } from './rule/run-check.ts'
export { currentRules, makeRuleSet, meetVerifier } from './rule/rule-set.ts'
export type { RuleSnapshot, RuleSource } from './rule/rule-set.ts'
export { readSettings, settingsChecks } from './rule/rule-settings.ts'
export type { CompiledRule, RuleCheck } from './rule/rule.ts'
export { jobOf, verifiedTokenOf } from './workload/verified-token.ts'
export type { JobReader, VerifierContext, VerifyingIssuer } from './workload/verified-token.ts'
export { verifyClaims } from './workload/verify-claims.ts'
export { audiencesOf, chosenAudiences } from './token/claims.ts'
export { closedValues, findRow, isAttackerControlled } from './table/claim-rows.ts'
export { isRegisteredClaim } from './rule/claim-conditions.ts'
export { compileTable, formOf } from './table/compile-table.ts'
export type { ValueForm } from './table/comparison.ts'
export type { CompiledTable } from './table/compile-table.ts'
export { describeVersion, versionsNeeded } from './table/minimum-version.ts'
export { checkKeySet, readKey } from './keys/jwk.ts'
export type { RequestHead } from './http/request-head.ts'
export { asymmetric } from './model/algorithms.ts'
export { checkFetchUrl, checkIssuer, fitsTemplate } from './model/issuer.ts'
export { fieldMeant, plainName } from './model/field-synonyms.ts'
export { longestTolerance } from './table/limits.ts'
export { exchangeUse } from './model/one-time-claim.ts'
export type { OneTimeClaim } from './model/one-time-claim.ts'
export { Refusal, refuse, withContext } from './model/refusal.ts'
export { refuseUse } from './model/use-refusal.ts'
export { hasShape } from './model/value-shape.ts'
export type { Shape } from './model/value-shape.ts'
export { fieldValues, readOnlyFields } from './model/workload.ts'
export type { StoreOptions } from './model/replay-store.ts'
export type { Awaitable } from './util/awaitable.ts'
export { within } from './util/clock.ts'
export { notMadeHere, refuseOtherCopy } from './util/copies.ts'
export { escapeForLog, invisible } from './util/escape.ts'
export { asText, formatBare, formatType, formatUrl, formatValue } from './util/format.ts'
export { loadJose } from './util/jose.ts'
export { nearest } from './util/nearest.ts'
export { isPlainObject, own, ownCopy } from './util/objects.ts'
export { assertSeconds, readOptions } from './util/options.ts'
export { onWorkers } from './util/runtime.ts'
export { digestBytes } from './util/sha256.ts'
export type {
  AuthorizedRequest,
  CircleCIWorkload,
  ClaimRow,
  ClaimRows,
  CommonFields,
  GitHubActionsWorkload,
  GitLabWorkload,
  MinimumVersion,
  Operator,
  OtherToken,
  RequiredClaims,
  SemVerOptions,
  Trusted,
  VerifiedFields,
} from './types.ts'
