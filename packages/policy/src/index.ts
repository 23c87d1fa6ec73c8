/**
 * Rules for CI jobs as documents: JSON or YAML, checked completely before they take effect, with a
 * JSON Schema for editors.
 *
 * @module
 */

export { PolicyError } from './fault.ts'
export type { PolicyFault } from './fault.ts'
export { loadPolicy, parsePolicy } from './load-policy.ts'
export type { PolicyOptions, TextOptions } from './options.ts'
export type { Policy, PolicyRule } from './policy.ts'
export { policySchema } from './schema.ts'
export type { JsonSchema } from './json-schema.ts'
export type { PolicyFormat } from './source.ts'
export * from './lint/index.ts'
export { lintPolicy } from './lint-policy.ts'
export { inspectRule } from './inspect-rule.ts'
export type { CheckFacts, RuleFacts } from './inspect-rule.ts'
