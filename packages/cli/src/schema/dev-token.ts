/** The output of `jobpass dev token --json`. */

import type { JsonSchema } from '@jobpass/policy'
import { dialect, object, text } from './parts.ts'

/** The schema. */
export const devTokenSchema: JsonSchema = {
  $schema: dialect,
  title: 'jobpass dev token --json',
  ...object({
    token: text('The token, for `Authorization: Bearer …`.'),
    claims: { type: 'object', description: 'The claims in it.' },
  }),
}
