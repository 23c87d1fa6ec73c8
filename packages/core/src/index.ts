export { absent, anyEvent, glob, not, present } from './condition.ts'
export type { AnyEvent, Condition, Exact, ExactCondition, Glob, Not, Operator, Presence } from './condition.ts'
export type { Clock } from './clock.ts'
export { WorkloadAuthError } from './errors.ts'
export type { JSONWebKey } from './jwk.ts'
export type { Seen, Trusted, VerdictEvent, VerifierOptions } from './options.ts'
export { parseRule } from './parse-rule.ts'
export type { ProviderLike } from './parse-rule.ts'
export type { ExplainLevel, Problem, ProblemCheck } from './problem.ts'
export { defineProvider } from './provider.ts'
export type {
  ClaimConditions,
  Conditions,
  Find,
  IssuerOptions,
  IssuerProvider,
  Provider,
  ProviderTable,
} from './provider.ts'
export type { SelfHosted, WorkloadFrom } from './provider.ts'
export { circleci } from './providers/circleci.ts'
export type { CircleCIWorkload } from './providers/circleci.ts'
export { githubActions } from './providers/github-actions.ts'
export type { GitHubActionsWorkload } from './providers/github-actions.ts'
export { gitlab } from './providers/gitlab.ts'
export type { GitLabWorkload } from './providers/gitlab.ts'
export { refusals } from './refusal.ts'
export type { RefusalCode } from './refusal.ts'
export { reportOnly } from './report-only.ts'
export type {
  DenyRule,
  ReportOnlyRule,
  RouteRule,
  RuleJson,
  RuleSet,
  RuleSettings,
  TrustLookup,
  TrustRule,
} from './rule.ts'
export type { ClaimRow, ClaimRows, ClaimsOf, Kind, RegisteredClaims } from './table.ts'
export { explain } from './explain.ts'
export type { ExplainOptions } from './explain.ts'
export { inspectRule } from './inspect.ts'
export type { CheckFacts, RuleFacts } from './inspect.ts'
export { pinById, suggestRule } from './suggest.ts'
export { verdictAttributes, workloadAttributes } from './telemetry.ts'
export type { TelemetryAttributes } from './telemetry.ts'
export { decide } from './verdict.ts'
export type { CheckResult, RuleVerdict, Verdict } from './verdict.ts'
export { createVerifier } from './verifier.ts'
export type { Verifier } from './verifier.ts'
export type { AnyWorkload, CommonFields, VerifiedFields, WorkloadOf } from './workload.ts'
export type { WorkloadIdentity, Workloads } from './workloads.ts'
