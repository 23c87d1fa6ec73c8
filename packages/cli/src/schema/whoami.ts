/** The output of `jobpass whoami --json`. */

import type { JsonSchema } from '@jobpass/policy'

/** The schema. */
export const whoamiSchema: JsonSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'jobpass whoami --json',
  type: 'object',
  required: ['platform', 'verified', 'identity', 'suggestion', 'notes'],
  additionalProperties: false,
  properties: {
    platform: { type: 'string', description: 'The platform that issued the token, such as github-actions.' },
    verified: { type: 'boolean', description: 'Whether signature, dates and audience of the token were verified.' },
    code: { type: 'string', description: 'Why the verification failed; absent where it did not.' },
    identity: {
      type: 'object',
      description: 'What an API knows of the job: the fields that the token has.',
      required: ['provider', 'issuer', 'subject', 'audience', 'issuedAt', 'expiresAt'],
      properties: {
        provider: { type: 'string' },
        issuer: { type: 'string' },
        subject: { type: 'string' },
        audience: { type: ['string', 'array'], items: { type: 'string' } },
        issuedAt: { type: 'number' },
        expiresAt: { type: 'number' },
      },
    },
    suggestion: { type: 'object', description: 'The tightest sensible rule for such jobs, for a policy.' },
    notes: {
      type: 'array',
      items: { type: 'string' },
      description: 'What the rule relies on in addition to the token.',
    },
  },
}
