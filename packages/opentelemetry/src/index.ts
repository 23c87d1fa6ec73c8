/**
 * Decisions of jobpass as metrics and span events of OpenTelemetry.
 *
 * @module
 */

export { verdictAttributes, workloadAttributes } from './attributes.ts'
export type { TelemetryAttributes } from './attributes.ts'
export { telemetryHooks } from './hooks.ts'
export type { TelemetryHooks, TelemetryOptions } from './hooks.ts'
