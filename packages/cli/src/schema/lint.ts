/** The output of `jobpass lint --json`. */

import type { JsonSchema } from '@jobpass/policy'
import { dialect, list, object, path, position, text } from './parts.ts'

/** The schema. */
export const lintSchema: JsonSchema = {
  $schema: dialect,
  title: 'jobpass lint --json',
  ...object({
    files: list(
      object({
        file: text('The path, as it was given.'),
        findings: list(
          object(
            {
              id: { type: 'string', pattern: '^[LP]\\d{3}$', description: 'The permanent id of the lint.' },
              level: { enum: ['error', 'warning', 'advice'] },
              title: text('The lint in a few words.'),
              message: text('What is wrong.'),
              fix: text('What to write instead; empty where the message says it.'),
              path,
              line: position,
              column: position,
              suppressed: text('The reason of the comment that accepts it.'),
            },
            ['suppressed'],
          ),
        ),
      }),
    ),
  }),
}
