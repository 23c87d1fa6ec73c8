/** The JSON Schemas of what commands print with `--json`, by the name of the command. */

import type { JsonSchema } from '@jobpass/policy'
import { doctorSchema } from './doctor.ts'
import { tokenSchema } from './token.ts'
import { whoamiSchema } from './whoami.ts'

/** The schemas. */
export const schemas: Readonly<Record<string, JsonSchema>> = {
  doctor: doctorSchema,
  token: tokenSchema,
  whoami: whoamiSchema,
}
