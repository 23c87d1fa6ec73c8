/**
 * The contract of replay stores, as cases that any test runner can run.
 *
 * @module
 */

export { replayStoreCases } from './cases.ts'
export type { ReplayStoreCase, StoreAbility, StoreSetup } from './cases.ts'
