/** The output of `jobpass explain --json`. */

import { errorCodes } from '@jobpass/core'
import type { JsonSchema } from '@jobpass/policy'
import { dialect, list, object, text, verdict } from './parts.ts'

const code: JsonSchema = { enum: Object.keys(errorCodes) }
const status: JsonSchema = { enum: [200, 400, 401, 403, 503] }

/** The schema. */
export const explainSchema: JsonSchema = {
  $schema: dialect,
  title: 'jobpass explain --json',
  ...object(
    {
      allowed: { type: 'boolean', description: 'Whether a server allows such a call, if what is not verified holds.' },
      verified: { type: 'boolean', description: 'Whether everything is verified.' },
      unverified: { ...list({ enum: ['signature', 'dates', 'audience'] }), description: 'What is not verified.' },
      answer: { ...object({ status, code }, ['code']), description: 'What a server answers now.' },
      steps: {
        ...list(
          object(
            {
              code,
              status,
              layer: { enum: ['token', 'trust', 'route'] },
              message: text('The refusal on one line, as a log has it.'),
              claim: text('The claim at fault.'),
              hint: text('What may be wrong.'),
              assumed: text('What is assumed to see the next refusal.'),
            },
            ['claim', 'hint', 'assumed'],
          ),
        ),
        description: 'The refusals, in the order of the checks.',
      },
      verdict: { ...verdict, description: 'Rules and checks, where rules decided.' },
      place: text('Where the nearest rule is: file, line and column.'),
      advice: list(
        object({ where: { enum: ['rule', 'workflow', 'settings', 'server'] }, text: text('What to change.') }),
      ),
      suggestion: {
        type: 'object',
        description: 'The tightest rule for such jobs, where no rule is for their issuer.',
      },
    },
    ['verdict', 'place', 'suggestion'],
  ),
}
