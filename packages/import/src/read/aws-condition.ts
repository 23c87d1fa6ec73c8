/**
 * Reads the conditions of a statement.
 *
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_op
 * erators.html
 */

import { formatValue, isPlainObject } from '@jobpass/core/internal'
import type { ImportFinding } from '../model.ts'
import type { ClaimTest, Comparison, Pattern, Requirement } from '../requirement.ts'
import { everything, nothing } from '../requirement.ts'
import { claimOfKey } from './aws-keys.ts'
import { awsPattern, awsText } from './aws-text.ts'
import { listed } from './document.ts'

/** A statement that is being read. */
export interface Place {
  /** Place in the source: `Statement[0]`. */
  readonly where: string
  /** The host and path of the provider, as in the keys. */
  readonly provider: string
  /** Whether `${…}` in values is replaced. */
  readonly variables: boolean
  /** Takes a finding. */
  readonly report: (finding: ImportFinding) => void
}

/** A condition that cannot be read, so that the statement is refused. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable'
}

/** Reads the member `Condition`: all of its operators and keys must hold. */
export function readCondition(condition: unknown, place: Place): readonly Requirement[] {
  if (condition === undefined) return []
  if (!isPlainObject(condition)) throw new Unreadable('Condition is no object')
  return Object.entries(condition).flatMap(([operator, keys]) => {
    if (!isPlainObject(keys)) throw new Unreadable(`${formatValue(operator)} has no keys`)
    const where = `${place.where}.Condition.${operator}`
    return Object.entries(keys).map(([key, value]) => readTest(operator, key, value, { ...place, where }))
  })
}

const operators = /^(?:(ForAnyValue|ForAllValues):)?(String(Not)?(?:Equals(IgnoreCase)?|Like)|Bool|Null)(IfExists)?$/

function readTest(operator: string, key: string, value: unknown, place: Place): Requirement {
  const [, set, base = '', not, , ifExists] = operators.exec(operator) ?? []
  if (base === '') throw new Unreadable(`the operator ${formatValue(operator)} is not for claims that are text`)
  const { where, provider } = place
  // Keys such as aws:SourceIp are facts of the request, and not of the token.
  if (/^(?:aws|sts):/i.test(key)) throw new Unreadable(`${formatValue(key)} is no claim of a token`)
  const values = listed(value).map((each) => {
    if (typeof each === 'object') throw new Unreadable(`${formatValue(operator)} has a value that is not text`)
    return String(each)
  })
  const claim = claimOfKey(provider, key)
  const negated = not !== undefined
  const absentPasses = set === 'ForAllValues' || ifExists !== undefined || (negated && set !== 'ForAnyValue')
  if (base === 'Null') return readNull(claim, key, values, place)
  if (claim === undefined) return constant(absentPasses, key, place)
  return { claim: [claim], comparison: comparisonOf(base, values, place), negated, absentPasses, where }
}

function comparisonOf(base: string, values: readonly string[], { variables, where, report }: Place): Comparison {
  if (base.endsWith('Like')) return { kind: 'like', patterns: values.map((value) => patternOf(value, variables)) }
  const texts = values.map((value) => textOf(value, variables))
  if (base === 'Bool') return { kind: 'equalsIgnoringCase', values: texts }
  const wild = values.find((value) => /(?<!\{)[*?]/.test(value))
  if (wild !== undefined)
    report({
      level: 'note',
      where,
      message: `${base} takes ${formatValue(wild)} as it is, and not as a pattern.`,
      fix: 'Write StringLike in the original, if you mean a pattern, and import it again.',
    })
  return base.endsWith('IgnoreCase') ? { kind: 'equalsIgnoringCase', values: texts } : { kind: 'equals', values: texts }
}

function patternOf(value: string, variables: boolean): Pattern {
  const pattern = awsPattern(value, variables)
  if (pattern === undefined) throw new Unreadable(`${formatValue(value)} has a policy variable`)
  return pattern
}

function textOf(value: string, variables: boolean): string {
  const text = awsText(value, variables)
  if (text === undefined) throw new Unreadable(`${formatValue(value)} has a policy variable`)
  return text
}

/** `Null: { key: "true" }` holds where the key is absent. */
function readNull(claim: string | undefined, key: string, values: readonly string[], place: Place): Requirement {
  const tests = values.map((value): Requirement => {
    const absent = value.toLowerCase() === 'true'
    if (!absent && value.toLowerCase() !== 'false') throw new Unreadable('Null takes true or false')
    if (claim === undefined) return constant(absent, key, place)
    const { where } = place
    return { claim: [claim], comparison: { kind: 'present' }, negated: absent, absentPasses: absent, where }
  })
  return { any: tests }
}

/** A key that AWS does not have is absent from every request. */
function constant(passes: boolean, key: string, { where, report }: Place): Requirement {
  const about = `AWS makes no key of ${formatValue(key)} for this provider, so the condition`
  report(
    passes
      ? {
          level: 'accident',
          where,
          message: `${about} holds for every token.`,
          fix: 'Correct the key, and write an operator that an absent key does not satisfy.',
          example: {},
        }
      : {
          level: 'refused',
          where,
          message: `${about} holds for no token.`,
          fix: 'Correct the key, or leave the condition out.',
        },
  )
  return passes ? everything : nothing
}

/** The requirement that a requirement is not met. */
export function negated(requirement: Requirement): Requirement {
  if ('all' in requirement) return { any: requirement.all.map(negated) }
  if ('any' in requirement) return { all: requirement.any.map(negated) }
  return { ...requirement, negated: !requirement.negated, absentPasses: !requirement.absentPasses } satisfies ClaimTest
}
