/** The output of `jobpass keys new`, `rotate` and `retire` with `--json`. */

import type { JsonSchema } from '@jobpass/policy'
import { dialect, list, object, text } from './parts.ts'

/** The schema. */
export const keysSchema: JsonSchema = {
  $schema: dialect,
  title: 'jobpass keys … --json',
  ...object({
    file: text('The file, as it was given.'),
    keys: list(
      object({
        kid: text('The key id.'),
        algorithm: text('The signature algorithm, such as ES256.'),
        from: { type: 'number', description: 'When it starts to sign: seconds since 1970.' },
        state: { enum: ['signs', 'next', 'retired'], description: 'What it does now.' },
      }),
    ),
    added: list(text('The id of a key that was added.')),
    removed: list(text('The id of a key that was removed.')),
  }),
}
