/** The tests of claims that CEL expressions make. */

import type { ClaimPath, Pattern, Requirement, Scalar } from '../requirement.ts'
import { any, nothing } from '../requirement.ts'
import type { Findings } from './findings.ts'
import type { ClaimOperand } from './gcp-operand.ts'
import { regexTests } from './regex-tests.ts'
import { isText, test } from './claim-tests.ts'

/**
 * A claim is equal to a value, or another value. An absent claim is an error. Values of different
 * types are different; an attribute that is not text is an error.
 */
export function equality(operand: ClaimOperand, value: Scalar, wanted: boolean, where: string): Requirement {
  return membership(operand, [value], wanted, where)
}

/** A claim is one of the values, or none of them. */
export function membership(
  { claim, isMapped }: ClaimOperand,
  values: readonly Scalar[],
  wanted: boolean,
  where: string,
): Requirement {
  const possible = isMapped ? values.filter((value) => typeof value === 'string') : values
  if (possible.length === 0 && wanted) return nothing
  const found =
    possible.length === 0
      ? test({ claim, comparison: { kind: 'present' }, where })
      : test({ claim, comparison: { kind: 'equals', values: possible }, negated: !wanted, where })
  return isMapped && !wanted ? { all: [isText(claim, where), found] } : found
}

/** A claim is a list that has the value. */
export function listTest({ claim }: ClaimOperand, value: Scalar, where: string): Requirement {
  return test({ claim, comparison: { kind: 'hasItem', item: { kind: 'equals', values: [value] } }, where })
}

/** `has()`: CEL implementations differ in whether `null` is a value. */
export function presence(claim: ClaimPath, wanted: boolean, where: string): Requirement {
  const present = { kind: 'present' } as const
  if (!wanted) return test({ claim, comparison: present, negated: true, absentPasses: true, where })
  return {
    all: [
      test({ claim, comparison: present, where }),
      test({ claim, comparison: { kind: 'equals', values: [null] }, negated: true, where }),
    ],
  }
}

/** The tests of a function on text, or why it is refused. A claim that is not text is an error. */
export function textTest(
  name: string,
  { claim }: ClaimOperand,
  value: string,
  wanted: boolean,
  { where, findings }: { readonly where: string; readonly findings: Findings },
): Requirement | string {
  if (name !== 'matches') {
    const pattern: Pattern =
      name === 'startsWith' ? [value, any] : name === 'endsWith' ? [any, value] : [any, value, any]
    const found = test({ claim, comparison: { kind: 'like', patterns: [pattern] }, negated: !wanted, where })
    return wanted ? found : { all: [isText(claim, where), found] }
  }
  const tests = regexTests(value, claim, where)
  if ('refused' in tests) return `of the regular expression, ${tests.refused}`
  if (wanted && tests.loose !== undefined)
    findings.add({
      level: 'accident',
      where,
      message: 'matches() searches within the text: without ^ and $, it also matches longer ones.',
      fix: 'Write ^ and $ around the regular expression.',
      example: claimsWith(claim, tests.loose),
    })
  return wanted ? tests.matches : tests.differs
}

function claimsWith(claim: ClaimPath, value: unknown): Readonly<Record<string, unknown>> {
  const [name = '', ...rest] = claim
  return { [name]: rest.length === 0 ? value : claimsWith(rest, value) }
}
