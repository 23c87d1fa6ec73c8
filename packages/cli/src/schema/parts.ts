/** Parts that several schemas have. */

import type { JsonSchema } from '@jobpass/policy'

/** The dialect of the schemas. */
export const dialect = 'https://json-schema.org/draft/2020-12/schema'

/** An object with these members, of which those in `optional` may be missing, and no others. */
export function object(properties: Readonly<Record<string, JsonSchema>>, optional: readonly string[] = []): JsonSchema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name))
  return { type: 'object', properties, required, additionalProperties: false }
}

/** A list. */
export function list(items: JsonSchema): JsonSchema {
  return { type: 'array', items }
}

/** Text. */
export function text(description: string): JsonSchema {
  return { type: 'string', description }
}

/** A line or column, counted from 1. */
export const position: JsonSchema = { type: 'integer', minimum: 1 }

/** A path in a document: keys and indexes. */
export const path: JsonSchema = list({ type: ['string', 'integer'] })

/** A verdict of rules, as `onVerdict` has it. */
export const verdict: JsonSchema = object({
  allowed: { type: 'boolean' },
  reason: { enum: ['allowed', 'denied', 'no-rule-for-issuer', 'no-rule-matched'] },
  fingerprint: { type: 'string', pattern: '^[0-9a-f]{16}$' },
  rules: list(
    object(
      {
        effect: { enum: ['allow', 'deny'] },
        provider: text('The id of the platform.'),
        issuers: list({ type: 'string' }),
        matched: { type: 'boolean' },
        pinned: { type: 'boolean' },
        checks: list(
          object(
            {
              field: text('The field or claim.'),
              operator: text('How it is compared.'),
              expected: {},
              actual: {},
              passed: { type: 'boolean' },
              hint: text('What may be wrong.'),
            },
            ['expected', 'actual', 'hint'],
          ),
        ),
      },
      ['issuers'],
    ),
  ),
})
