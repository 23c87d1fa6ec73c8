/** The union of all workloads, open to providers of users' own. */

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

/** A verified caller: who, from where, by which event. Frozen all the way down; a union by `provider`. */
export type WorkloadIdentity = Workloads[keyof Workloads]
