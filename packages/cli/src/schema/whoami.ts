/** The output of `jobpass whoami --json`. */

import type { JsonSchema } from '@jobpass/policy'
import { dialect, list, object, text } from './parts.ts'

/** The fields that every identity has; those of its platform come in addition. */
const identity: JsonSchema = {
  ...object({
    provider: { type: 'string' },
    issuer: { type: 'string' },
    subject: { type: 'string' },
    audience: { type: ['string', 'array'], items: { type: 'string' } },
    issuedAt: { type: 'number' },
    expiresAt: { type: 'number' },
  }),
  additionalProperties: true,
}

/** The schema. */
export const whoamiSchema: JsonSchema = {
  $schema: dialect,
  title: 'jobpass whoami --json',
  ...object(
    {
      platform: text('The platform that issued the token, such as github-actions.'),
      verified: {
        type: 'boolean',
        description: 'Whether signature, dates and audience of the token were verified.',
      },
      code: text('Why the verification failed; absent where it did not.'),
      identity: { ...identity, description: 'What an API knows of the job: the fields that the token has.' },
      suggestion: { type: 'object', description: 'The tightest sensible rule for such jobs, for a policy.' },
      notes: { ...list({ type: 'string' }), description: 'What the rule relies on in addition to the token.' },
    },
    ['code'],
  ),
}
