/** What the other packages of the project are made of beside the public API: for them, and for authors of policy loaders. */

export { disarm } from './answer/escape.ts'
export { readOnlyFields } from './identity/workload.ts'
export { hasShape, valueShapes } from './provider/value-shape.ts'
export type { ValueShape } from './provider/value-shape.ts'
export { digestText } from './rule/digest.ts'
export { makeRuleSet } from './rule/rule-set.ts'
export type { RuleSnapshot, RuleSource } from './rule/rule-set.ts'
export { isPlainObject, nearest } from './util/text.ts'
