/**
 * Translates trust policies of other systems to rules: never to wider ones.
 *
 * @module
 */

export { importPolicy } from './import-policy.ts'
export { policyText } from './policy-text.ts'
export type { ImportOptions } from './import-policy.ts'
export type { Imported, ImportedPolicy, ImportFinding, ImportLevel, ImportSource } from './model.ts'
