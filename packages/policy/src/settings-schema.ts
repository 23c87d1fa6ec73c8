/** The JSON Schema of the settings of a rule. */

import { longest } from './check-settings.ts'
import { reservedKeys } from './document.ts'
import type { JsonSchema } from './json-schema.ts'

/** The settings of a rule. */
export const settingsSchema: JsonSchema = {
  description: 'Which tokens the rule accepts, in addition to which jobs.',
  type: 'object',
  additionalProperties: false,
  properties: {
    audience: {
      description: 'Audience or audiences of the tokens that this rule accepts, for its issuer only.',
      anyOf: [{ $ref: '#/$defs/audience' }, { type: 'array', minItems: 1, items: { $ref: '#/$defs/audience' } }],
    },
    multipleAudiences: { description: 'Accepts tokens with several audiences; true, or left out.', const: true },
    maxTokenAge: {
      description: 'Maximum age of a token, in seconds since it was issued.',
      type: 'number',
      minimum: 1,
      maximum: longest.maxTokenAge,
    },
    maxLifetime: {
      description: 'Maximum lifetime of a token, in seconds.',
      type: 'number',
      minimum: 1,
      maximum: longest.maxLifetime,
    },
    anyWorkload: { description: 'Admits any workload of a self-hosted server; true, or left out.', const: true },
    oneTime: {
      description: 'Admits each token once; true, or what is used once, and for which purpose.',
      anyOf: [
        { const: true },
        {
          type: 'object',
          additionalProperties: false,
          properties: {
            per: { description: 'What is used once: the token, or the run of the job.', enum: ['token', 'run'] },
            scope: {
              description: 'The purpose: uses for different purposes count separately.',
              type: 'string',
              minLength: 1,
              maxLength: 100,
              pattern: '\\S',
            },
          },
        },
      ],
    },
    data: {
      description: 'What the application knows of the jobs that the rule admits; it decides nothing.',
      not: { type: 'null' },
      $ref: '#/$defs/data',
    },
    sharedAudience: {
      description: 'Acknowledges that the platform gives every token the same audience; "accepted", or left out.',
      const: 'accepted',
    },
  },
}

/** Any JSON, without the keys that documents never have. */
export const dataSchema: JsonSchema = {
  type: ['object', 'array', 'string', 'number', 'boolean', 'null'],
  propertyNames: { not: { enum: [...reservedKeys] } },
  additionalProperties: { $ref: '#/$defs/data' },
  items: { $ref: '#/$defs/data' },
}
