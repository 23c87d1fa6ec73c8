/** The output of `jobpass doctor --json`. */

import type { JsonSchema } from '@jobpass/policy'

/** The schema. */
export const doctorSchema: JsonSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'jobpass doctor --json',
  type: 'object',
  required: ['healthy', 'checks'],
  additionalProperties: false,
  properties: {
    healthy: { type: 'boolean', description: 'Whether no check found a problem.' },
    checks: {
      type: 'array',
      items: {
        type: 'object',
        required: ['name', 'status', 'text'],
        additionalProperties: false,
        properties: {
          name: {
            enum: ['node', 'copies', 'policy', 'trust', 'audience', 'keys', 'clock'],
            description: 'What was checked; keys and clock once for each issuer.',
          },
          status: { enum: ['ok', 'problem', 'unreachable', 'skipped'] },
          text: { type: 'string', description: 'What was found.' },
          fix: { type: 'string', description: 'What to do; absent where there is nothing to do.' },
        },
      },
    },
  },
}
