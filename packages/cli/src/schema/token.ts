/** The output of `jobpass token --json`. */

import type { JsonSchema } from '@jobpass/policy'
import { dialect, object, text } from './parts.ts'

/** The schema. */
export const tokenSchema: JsonSchema = {
  $schema: dialect,
  title: 'jobpass token --json',
  ...object(
    {
      token: text('The token, for `Authorization: Bearer …`.'),
      expiresAt: { type: 'number', description: 'When it expires: seconds since 1970.' },
      platform: text('The platform that issued it, such as github-actions; absent for a service token.'),
    },
    ['platform'],
  ),
}
