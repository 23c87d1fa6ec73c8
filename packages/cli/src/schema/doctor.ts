/** The output of `jobpass doctor --json`. */

import type { JsonSchema } from '@jobpass/policy'
import { dialect, list, object, text } from './parts.ts'

/** The schema. */
export const doctorSchema: JsonSchema = {
  $schema: dialect,
  title: 'jobpass doctor --json',
  ...object({
    healthy: { type: 'boolean', description: 'Whether no check found a problem.' },
    checks: list(
      object(
        {
          name: {
            enum: ['node', 'copies', 'policy', 'trust', 'audience', 'keys', 'clock'],
            description: 'What was checked; keys and clock once for each issuer.',
          },
          status: { enum: ['ok', 'problem', 'unreachable', 'skipped'] },
          text: text('What was found.'),
          fix: text('What to do; absent where there is nothing to do.'),
        },
        ['fix'],
      ),
    ),
  }),
}
