/** The table of lints. */

import { claimLints } from './checks/claims.ts'
import { eventLints } from './checks/events.ts'
import { formLints } from './checks/forms.ts'
import { guardLints } from './checks/guards.ts'
import { nameLints } from './checks/names.ts'
import { refLints } from './checks/refs.ts'
import { relationLints } from './checks/relations.ts'
import { serverLints } from './checks/servers.ts'
import { tokenLints } from './checks/tokens.ts'
import { unusualRunLints } from './checks/unusual-runs.ts'
import { workflowLints } from './checks/workflow.ts'
import type { Lint } from './finding.ts'

/** All lints in the order of their ids, with the reason, and rules with and without the finding. */
export const lintTable: readonly Lint[] = [
  ...nameLints,
  ...refLints,
  ...unusualRunLints,
  ...eventLints,
  ...workflowLints,
  ...tokenLints,
  ...serverLints,
  ...claimLints,
  ...formLints,
  ...relationLints,
  ...guardLints,
].toSorted((a, b) => (a.id < b.id ? -1 : 1))
