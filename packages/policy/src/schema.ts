/** Generates the JSON Schema of documents from the model that validates them. */

import type { ProviderLike } from '@jobpass/core'
import { conditions, conditionSchema, KnownValues } from './condition-schema.ts'
import { reservedKeys } from './document.ts'
import type { JsonSchema } from './json-schema.ts'
import { dataSchema, settingsSchema } from './settings-schema.ts'
import { nameForm } from './read-policy.ts'
import { literally } from './schema-patterns.ts'
import { fieldTexts } from './schema-texts.ts'
import type { ClaimsShape, Shape, Slot } from './shape.ts'
import { registered, shapesOf, strangeNames } from './shape.ts'

/**
 * Returns the JSON Schema (2020-12) of policy documents with rules of these providers, for editors
 * and for checks outside of the server.
 *
 * A schema cannot express everything. Only `loadPolicy` checks that a rule pins a tenant, that a
 * field has the fields it requires, and that issuer and tenant match.
 *
 * @throws {TypeError} for anything except a provider.
 *
 * @example
 * ```ts
 * const schema = policySchema([githubActions, acmeCi])
 * writeFileSync('policy.schema.json', JSON.stringify(schema, null, 2))
 * ```
 */
export function policySchema(providers: readonly ProviderLike[]): JsonSchema {
  const shapes = [...shapesOf(providers).values()]
  const known = new KnownValues()
  const byProvider = shapes.map((shape) => [shape.id, providerSchema(shape, known)] as const)
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'jobpass policy',
    description: 'Rules for the CI jobs that may call an API, by name.',
    type: 'object',
    required: ['rules'],
    additionalProperties: false,
    properties: {
      $schema: { type: 'string', description: 'URL of this schema, for editors.' },
      description: { type: 'string', description: 'Purpose of this policy.' },
      rules: {
        type: 'object',
        description: 'Sets of rules by name; a route gets its set with policy.rules(name).',
        minProperties: 1,
        // The pattern refuses `__proto__`.
        propertyNames: { pattern: nameForm, not: { enum: ['constructor', 'prototype'] } },
        additionalProperties: { $ref: '#/$defs/rules' },
      },
    },
    $defs: {
      rules: {
        description: 'A rule, or a list of rules of which one must match.',
        type: ['object', 'array'],
        ...when({ type: 'array' }, { minItems: 1, items: { $ref: '#/$defs/rule' } }),
        else: { $ref: '#/$defs/rule' },
      },
      rule: ruleSchema(shapes),
      ...Object.fromEntries(byProvider),
      ...known.definitions,
      settings: settingsSchema,
      data: dataSchema,
      ...conditions,
    },
  }
}

function ruleSchema(shapes: readonly Shape[]): JsonSchema {
  return {
    description: 'Conditions on a CI job, all of which must hold.',
    type: 'object',
    required: ['provider'],
    properties: { provider: { description: 'The CI system.', enum: shapes.map(({ id }) => id) } },
    allOf: shapes.map(({ id }) =>
      when({ required: ['provider'], properties: { provider: { const: id } } }, { $ref: `#/$defs/${id}` }),
    ),
  }
}

function when(condition: JsonSchema, consequence: JsonSchema): JsonSchema {
  // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
  return { if: condition, then: consequence }
}

function providerSchema({ id, title, fields, claims, tenant, issuer, issuers }: Shape, known: KnownValues): JsonSchema {
  const one = issuers === undefined ? { type: 'string', minLength: 1 } : { enum: issuers }
  const list = { type: 'array', minItems: 1, items: one }
  return {
    title,
    type: 'object',
    required: ['provider', ...(tenant === undefined ? [] : [tenant]), ...(issuer === undefined ? ['issuer'] : [])],
    additionalProperties: false,
    properties: {
      provider: { const: id },
      issuer: {
        description: `The issuer, spelled as in iss.${issuer === undefined ? '' : ` Default: ${issuer}`}`,
        ...(tenant === undefined ? one : { anyOf: [one, list] }),
      },
      reportOnly: {
        description: 'Reports what the rule would decide instead of enforcing it; true, or left out.',
        const: true,
      },
      settings: { $ref: '#/$defs/settings' },
      ...Object.fromEntries(
        Array.from(fields, ([name, slot]) => [
          name,
          { description: describe(name, slot), ...conditionSchema(slot, known) },
        ]),
      ),
      claims: {
        description: 'Conditions on raw claims, spelled as issued.',
        ...claimsSchema(claims, known, [...registered.keys()]),
      },
    },
  }
}

function describe(name: string, { claim, patterns, type }: Slot): string {
  const text = Object.hasOwn(fieldTexts, name) ? `${fieldTexts[name]} ` : ''
  const source = claim === undefined ? '' : `Claim ${claim}. `
  return `${text}${source}${type === 'string' && !patterns ? 'Exact values only.' : ''}`.trimEnd()
}

function claimsSchema(claims: ClaimsShape, values: KnownValues, taken: readonly string[] = []): JsonSchema {
  const { rows, families } = claims
  const part = (row: Slot | ClaimsShape): JsonSchema =>
    'rows' in row ? claimsSchema(row, values) : conditionSchema(row, values)
  // The row with exactly this name takes precedence over a family.
  const family = (prefix: string): string => {
    const own = [...rows.keys()].filter((name) => name.startsWith(prefix)).map(literally)
    return `^${own.length === 0 ? '' : `(?!(?:${own.join('|')})$)`}${literally(prefix)}[^*]+$`
  }
  const without = [...taken, ...reservedKeys, ...strangeNames(claims, taken.length === 0)].filter(
    (name) => !rows.has(name),
  )
  return {
    type: 'object',
    minProperties: 1,
    propertyNames: { pattern: '^[^*]+$', ...(without.length === 0 ? {} : { not: { enum: without } }) },
    additionalProperties: { $ref: '#/$defs/unlisted' },
    properties: Object.fromEntries(Array.from(rows, ([name, row]) => [name, part(row)])),
    ...(families.size === 0
      ? {}
      : {
          patternProperties: Object.fromEntries(Array.from(families, ([prefix, row]) => [family(prefix), part(row)])),
        }),
  }
}
