export type { AttackId, Finding, Lint, LintId, LintLevel } from './finding.ts'
export { lintRules } from './lint-rules.ts'
export { lintTable } from './lint-table.ts'
export type { LintableRule, LintInput, Resolver, RouteRules } from './subject.ts'
