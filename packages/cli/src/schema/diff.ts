/** The output of `jobpass diff --json`. */

import type { JsonSchema } from '@jobpass/policy'
import { dialect, list, object, position, text } from './parts.ts'

const side: JsonSchema = { enum: ['gained', 'lost'] }

/** The schema. */
export const diffSchema: JsonSchema = {
  $schema: dialect,
  title: 'jobpass diff --json',
  ...object({
    equal: { type: 'boolean', description: 'Whether the same jobs have access.' },
    changes: list(
      object(
        {
          set: text('The set of rules.'),
          kind: { enum: ['gained', 'lost', 'unclear'], description: 'Unclear: no job was found that shows how.' },
          in: { enum: ['old', 'new'], description: 'Which of the policies has the rule.' },
          rule: { type: 'integer', minimum: 0, description: 'The index of the rule in its set.' },
          line: position,
          column: position,
          conditions: { type: 'object', description: 'The part of the rule that makes the difference, as a rule.' },
          claims: { type: 'object', description: 'The claims of a job that shows it.' },
        },
        ['claims'],
      ),
    ),
    recorded: list(
      object({
        set: text('The set of rules.'),
        kind: side,
        jobs: text('What the jobs have in common.'),
        count: { type: 'integer', minimum: 1 },
        line: position,
      }),
    ),
  }),
}
