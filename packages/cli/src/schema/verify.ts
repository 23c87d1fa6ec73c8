/** The output of `jobpass verify --json`. */

import { errorCodes } from '@jobpass/core'
import type { JsonSchema } from '@jobpass/policy'
import { dialect, object, text } from './parts.ts'

/** The schema. */
export const verifySchema: JsonSchema = {
  $schema: dialect,
  title: 'jobpass verify --json',
  ...object(
    {
      verified: { type: 'boolean', description: 'Whether signature, dates, audience and claims are as they must be.' },
      workload: { type: 'object', description: 'Whose token it is, where it is verified.' },
      code: { enum: Object.keys(errorCodes), description: 'The code of the refusal.' },
      message: text('The refusal on one line.'),
    },
    ['workload', 'code', 'message'],
  ),
}
