export { absent, anyEvent, glob, not, present } from './rule/condition.ts'
export type { AnyEvent, Condition, Exact, ExactCondition, Glob, Not, Operator, Presence } from './rule/condition.ts'
export type { Clock } from './util/clock.ts'
export { BodyTooLarge } from './endpoint.ts'
export type { Endpoint, EndpointAnswer, EndpointRequest } from './endpoint.ts'
export { WorkloadAuthError } from './answer/errors.ts'
export type { JSONWebKey } from './token/jwk.ts'
export type { KeyPolicy } from './token/key-policy.ts'
export type { KeySnapshot, KeySnapshots } from './token/key-snapshots.ts'
export type { SkippedKey } from './token/key-set.ts'
export type { KeyEvent, KeyReport } from './token/key-source.ts'
export type { Seen, Trusted, VerifierOptions } from './options.ts'
export type { EventRequest, UnverifiedToken, VerdictEvent } from './answer/verdict-event.ts'
export { parseRule } from './rule/parse-rule.ts'
export type { ProviderLike } from './rule/parse-rule.ts'
export type { ExplainLevel, Problem, ProblemCheck } from './answer/problem.ts'
export { defineProvider } from './provider/provider.ts'
export type {
  ClaimConditions,
  Conditions,
  Find,
  FixedAudience,
  IssuerOptions,
  IssuerProvider,
  Lifetime,
  Provider,
  ProviderTable,
} from './provider/provider.ts'
export type { MinimumVersion } from './provider/minimum-version.ts'
export type { OtherToken } from './provider/other-tokens.ts'
export type { SelfHosted, WorkloadFrom } from './provider/provider.ts'
export * from './providers/index.ts'
export { refusals } from './answer/refusal.ts'
export type { RefusalCode } from './answer/refusal.ts'
export { memoryReplayStore } from './replay/memory-store.ts'
export type { MemoryReplayOptions } from './replay/memory-store.ts'
export { exchangedOnly } from './replay/exchanged-only.ts'
export { oneTime } from './replay/one-time.ts'
export type { OneTimeOptions } from './replay/one-time.ts'
export type { ReplayOptions, ReplayStore } from './replay/replay.ts'
export type { CacheOptions } from './token/token-cache.ts'
export { resourceMetadata } from './resource-metadata.ts'
export type { ResourceMetadata } from './resource-metadata.ts'
export { reportOnly } from './rule/report-only.ts'
export type {
  DenyRule,
  OneTimeRule,
  ReportOnlyRule,
  RouteRule,
  RuleJson,
  RuleSet,
  RuleSettings,
  TrustLookup,
  TrustRule,
} from './rule/rule.ts'
export type { ValueShape } from './provider/value-shape.ts'
export type { ClaimRow, ClaimRows, ClaimsOf, Kind, RegisteredClaims, Requires } from './provider/table.ts'
export type { ServiceClaims, ServiceWorkload } from './service/service-table.ts'
export { serviceTokens } from './service/service-tokens.ts'
export type { DpopOptions } from './service/dpop.ts'
export type { ServiceTokenOptions } from './service/service-tokens.ts'
export { viaExchange } from './service/via-exchange.ts'
export type { ViaExchangeOptions } from './service/via-exchange.ts'
export { explain } from './answer/explain.ts'
export type { ExplainOptions } from './answer/explain.ts'
export { inspectRule } from './rule/inspect.ts'
export type { CheckFacts, RuleFacts } from './rule/inspect.ts'
export { pinById, suggestionNotes, suggestRule } from './rule/suggest.ts'
export { verdictAttributes, workloadAttributes } from './answer/telemetry.ts'
export type { TelemetryAttributes } from './answer/telemetry.ts'
export { decide } from './rule/verdict.ts'
export type { CheckResult, RuleVerdict, Verdict } from './rule/verdict.ts'
export { createVerifier } from './verifier.ts'
export type { AuthorizedRequest, Verifier } from './verifier.ts'
export type { AnyWorkload, CommonFields, VerifiedFields, WorkloadOf } from './identity/workload.ts'
export type { WorkloadIdentity, Workloads } from './identity/workloads.ts'
