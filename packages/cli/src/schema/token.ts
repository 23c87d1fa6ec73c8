/** The output of `jobpass token --json`. */

import type { JsonSchema } from '@jobpass/policy'

/** The schema. */
export const tokenSchema: JsonSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'jobpass token --json',
  type: 'object',
  required: ['token', 'expiresAt'],
  additionalProperties: false,
  properties: {
    token: { type: 'string', description: 'The token, for `Authorization: Bearer …`.' },
    expiresAt: { type: 'number', description: 'When it expires: seconds since 1970.' },
    platform: {
      type: 'string',
      description: 'The platform that issued it, such as github-actions; absent for a service token.',
    },
  },
}
