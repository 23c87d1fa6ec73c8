/** Generates the JSON Schema of the condition on one field or claim. */

import { globForm } from './check-condition.ts'
import type { JsonSchema } from './json-schema.ts'
import { literally, patternOf } from './schema-patterns.ts'
import type { Slot } from './shape.ts'

/** A number without loss of digits; larger ones are refused. */
const safeNumber = { type: 'number', minimum: -Number.MAX_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER } as const

/**
 * Conditions on values that a vendor lists. Each list is defined once: a condition can name it in
 * several places, and tables share lists.
 */
export class KnownValues {
  readonly definitions: Record<string, JsonSchema> = {}
  readonly #numbers = new Map<string, number>()

  /** A reference to the condition on values of this schema. */
  condition(value: JsonSchema, patterns: boolean, present: JsonSchema): JsonSchema {
    const key = JSON.stringify([value, patterns, present])
    const number = this.#numbers.get(key) ?? this.#numbers.size + 1
    this.#numbers.set(key, number)
    this.definitions[`value-${number}`] = value
    this.definitions[`known-${number}`] = conditionForms({ $ref: `#/$defs/value-${number}` }, patterns, present)
    return { $ref: `#/$defs/known-${number}` }
  }
}

/** The schema of the condition on a field or claim. */
export function conditionSchema(
  { type, patterns, known, closed, tenant, form, mustBeThere }: Slot,
  values: KnownValues,
): JsonSchema {
  if (tenant !== undefined) {
    const one = { type: 'string', pattern: patternOf(tenant) }
    return { anyOf: [one, { type: 'array', minItems: 1, items: one }] }
  }
  if (known.length > 0) {
    const value = closed ? { enum: known } : { anyOf: [{ enum: known }, text] }
    return values.condition(value, patterns, mustBeThere ? { const: true } : either)
  }
  const begins = Object.keys(form?.never ?? {})
    .map(literally)
    .join('|')
  if (form?.shape !== undefined) {
    const value = {
      type: 'string',
      pattern: patternOf(form.shape),
      ...(begins && { not: { pattern: `^(?:${begins})` } }),
    }
    return values.condition(value, patterns, mustBeThere ? { const: true } : either)
  }
  const name = type === 'string' ? (patterns ? 'text' : 'exact') : type
  return { $ref: `#/$defs/${name}${mustBeThere ? 'There' : ''}` }
}

const single = (key: string, schema: JsonSchema): JsonSchema => ({
  type: 'object',
  required: [key],
  additionalProperties: false,
  properties: { [key]: schema },
})

/**
 * One value, a list of alternatives, a pattern and a version if allowed, the negation of these,
 * whether the value is present, and several of these at once.
 */
function conditionForms(value: JsonSchema, patterns: boolean, present: JsonSchema): JsonSchema {
  const one = patterns ? { anyOf: [value, { $ref: '#/$defs/glob' }] } : value
  const choice = [one, { type: 'array', minItems: 1, items: one }]
  const version = patterns ? [{ $ref: '#/$defs/semver' }] : []
  const forms = [...choice, ...version, single('not', { anyOf: choice }), single('present', present)]
  return { anyOf: [...forms, single('allOf', { type: 'array', minItems: 2, items: { anyOf: forms } })] }
}

const text: JsonSchema = { type: 'string', minLength: 1 }
const either: JsonSchema = { type: 'boolean' }

/** The definitions that every condition names. */
export const conditions: Readonly<Record<string, JsonSchema>> = {
  text: conditionForms(text, true, either),
  exact: conditionForms(text, false, either),
  textThere: conditionForms(text, true, { const: true }),
  exactThere: conditionForms(text, false, { const: true }),
  boolean: conditionForms({ type: 'boolean' }, false, either),
  number: conditionForms(safeNumber, false, either),
  glob: single('glob', {
    description: 'A pattern for the whole value: * and ? match within a segment, ** matches whole segments.',
    type: 'string',
    minLength: 1,
    pattern: globForm,
  }),
  semver: single('semver', {
    description: 'A release version: three numbers after v, or after another prefix.',
    type: 'object',
    additionalProperties: false,
    properties: {
      prefix: { description: 'The text before the version; default v.', type: 'string', maxLength: 100 },
      prerelease: { description: 'Whether a pre-release matches too; default false.', type: 'boolean' },
    },
  }),
  audience: { type: 'string', pattern: '\\S' },
  unlisted: {
    description: 'A claim that no table lists: exact values only, one or a list of them.',
    anyOf: [text, safeNumber, either].flatMap((value) => [value, { type: 'array', minItems: 1, items: value }]),
  },
}
