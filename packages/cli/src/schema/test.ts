/** The output of `jobpass test --json`. */

import { errorCodes } from '@jobpass/core'
import type { JsonSchema } from '@jobpass/policy'
import { dialect, list, object, position, text } from './parts.ts'

const result: JsonSchema = { enum: ['allow', ...Object.keys(errorCodes)] }
const count: JsonSchema = { type: 'integer', minimum: 0 }
const reached: JsonSchema = object({ reached: count, all: count })

/** The schema. */
export const testSchema: JsonSchema = {
  $schema: dialect,
  title: 'jobpass test --json',
  ...object({
    passed: { type: 'boolean', description: 'Whether every case passed.' },
    files: list(
      object({
        file: text('The path, as it was given.'),
        policy: text('The path of the policy.'),
        cases: list(
          object(
            {
              name: text('The name of the case.'),
              set: text('The set of rules.'),
              expect: result,
              got: result,
              passed: { type: 'boolean' },
              fault: text('What is not as expected.'),
              line: position,
              column: position,
            },
            ['fault'],
          ),
        ),
        coverage: object({
          rules: reached,
          conditions: reached,
          gaps: list(
            object({
              what: text('The rule or condition.'),
              message: text('What is missing.'),
              line: position,
              column: position,
            }),
          ),
        }),
      }),
    ),
  }),
}
