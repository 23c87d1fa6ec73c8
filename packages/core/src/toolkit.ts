/** What the other packages of the project are made of beside the public API: for them, and for authors of policy loaders. */

export { disarm } from './answer/escape.ts'
export { readOnlyFields } from './identity/workload.ts'
export { tenantPatterns } from './provider/issuer.ts'
export type { TenantPattern } from './provider/issuer.ts'
export { digestText } from './rule/digest.ts'
export { makeRuleSet } from './rule/rule-set.ts'
export type { RuleSnapshot, RuleSource } from './rule/rule-set.ts'
export { isPlainObject, nearest } from './util/text.ts'
