/** The union of all workloads, which providers of your own can extend. */

import type { WorkloadFrom } from '../provider/provider.ts'
import type * as presets from './index.ts'

type Preset = { [Name in keyof typeof presets]: WorkloadFrom<(typeof presets)[Name]> }[keyof typeof presets]

type PresetWorkloads = { [W in Preset as W['provider']]: W }

/**
 * The workload type of each provider, by its id. Augment it with your own:
 *
 * @example
 * ```ts
 * declare module '@jobpass/express' {
 *   interface Workloads { 'acme-ci': WorkloadFrom<typeof acmeCi> }
 * }
 * ```
 */
export interface Workloads extends PresetWorkloads {}

/** A verified caller, frozen deeply; a union by `provider`. */
export type WorkloadIdentity = Workloads[keyof Workloads]
