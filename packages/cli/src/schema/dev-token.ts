/** The output of `jobpass dev token --json`. */

import type { JsonSchema } from '@jobpass/policy'

/** The schema. */
export const devTokenSchema: JsonSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'jobpass dev token --json',
  type: 'object',
  required: ['token', 'claims'],
  additionalProperties: false,
  properties: {
    token: { type: 'string', description: 'The token, for `Authorization: Bearer …`.' },
    claims: { type: 'object', description: 'The claims in it.' },
  },
}
