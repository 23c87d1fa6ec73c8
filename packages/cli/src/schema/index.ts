/** The JSON Schemas of what commands print with `--json`, by the name of the command. */

import type { JsonSchema } from '@jobpass/policy'
import { devTokenSchema } from './dev-token.ts'
import { doctorSchema } from './doctor.ts'
import { tokenSchema } from './token.ts'
import { whoamiSchema } from './whoami.ts'

/** The schemas. */
export const schemas: Readonly<Record<string, JsonSchema>> = {
  'dev-token': devTokenSchema,
  doctor: doctorSchema,
  token: tokenSchema,
  whoami: whoamiSchema,
}
