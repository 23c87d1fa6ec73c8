/**
 * The conformance suite: what every adapter must do, as requests with the answers that they get.
 *
 * @module
 */

export type { ConformanceCase, ConformanceRequest, ConformanceResponse, Expectation } from './case.ts'
export { conformanceCases } from './cases.ts'
export { startConformance } from './run.ts'
export type { ConformanceRun, Mount, MountedApp } from './run.ts'
export type { ConformanceApp, ConformanceSetup, GuardArguments } from './app.ts'
export type { SetupName } from './setups.ts'
export { joined, overHttp } from './transports.ts'
export { createWorld } from './world.ts'
export type { World } from './world.ts'
