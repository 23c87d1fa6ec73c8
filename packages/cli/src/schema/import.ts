/** The output of `jobpass import --json`. */

import type { JsonSchema } from '@jobpass/policy'
import { dialect, list, object, text } from './parts.ts'

/** The schema. */
export const importSchema: JsonSchema = {
  $schema: dialect,
  title: 'jobpass import --json',
  ...object(
    {
      policy: { type: 'object', description: 'The policy; absent where nothing could be translated.' },
      audiences: { ...list({ type: 'string' }), description: 'The audiences that the original accepts.' },
      findings: list(
        object(
          {
            level: {
              enum: ['refused', 'accident', 'stricter', 'note'],
              description:
                'Not translated; admitted by the original by accident; admitted by the original and not by the rules; to be done by hand.',
            },
            where: text('The place in the original.'),
            message: text('What was found.'),
            fix: text('What to do about it.'),
            example: { type: 'object', description: 'Claims of a token.' },
          },
          ['example'],
        ),
      ),
    },
    ['policy'],
  ),
}
