/**
 * The Common Expression Language of Google Cloud, as requirements.
 *
 * An expression is true, false or an error, such as for an absent claim. `&&` and `||` absorb
 * errors, so each expression has two requirements: one under which it is true, and one under which
 * it is false. Neither holds for an error, and neither is ever wider than the expression. A part
 * that has no counterpart is neither.
 *
 * Source: https://github.com/google/cel-spec/blob/master/doc/langdef.md
 */

import { unparse } from '@bufbuild/cel'
import type { Expr, Expr_Call } from '@bufbuild/cel-spec/cel/expr/syntax_pb.js'
import { formatValue } from '@jobpass/core/internal'
import type { Requirement } from '../requirement.ts'
import { everything, nothing } from '../requirement.ts'
import type { Findings } from './findings.ts'
import type { Mapping, Operand } from './gcp-operand.ts'
import { branchesOf, claimWithin, operandOf } from './gcp-operand.ts'
import { equality, listTest, membership, presence, textTest } from './gcp-tests.ts'

/** What the meaning of an expression depends on. */
export interface CelScope {
  /** The place of the expression, for messages. */
  readonly where: string
  /** The attribute mapping, parsed. */
  readonly mapping: Mapping
  /** Takes the findings. */
  readonly findings: Findings
  /** How many parts of expressions may still be translated: `a ? b : c` doubles those of `a`. */
  readonly budget: { left: number }
}

/** The requirement under which an expression has a value: `true`, or `false`. */
export function requirementOf(expression: Expr, wanted: boolean, scope: CelScope): Requirement {
  const { exprKind: kind } = expression
  if (scope.budget.left-- <= 0) return refuseLong(scope)
  if (kind.case === 'constExpr' && kind.value.constantKind.case === 'boolValue')
    return kind.value.constantKind.value === wanted ? everything : nothing
  if (kind.case === 'selectExpr' && kind.value.testOnly) return presenceOf(expression, wanted, scope)
  const operand = operandOf(expression, scope.mapping)
  if (operand?.kind === 'claim' && !operand.isMapped) return equality(operand, wanted, true, scope.where)
  if (kind.case !== 'callExpr') return refuse(expression, 'it is no condition on claims', scope)
  const name = kind.value.function
  const translate = Object.hasOwn(functions, name) ? functions[name] : undefined
  if (translate !== undefined) return translate(expression, kind.value, wanted, scope)
  return refuse(expression, `${name.replaceAll('_', '')} has no counterpart`, scope)
}

type Translate = (expression: Expr, call: Expr_Call, wanted: boolean, scope: CelScope) => Requirement

const join =
  (whereTrue: 'all' | 'any'): Translate =>
  (_, { args }, wanted, scope) => {
    const parts = args.map((part) => requirementOf(part, wanted, scope))
    return (whereTrue === 'all') === wanted ? { all: parts } : { any: parts }
  }

const not: Translate = (_, { args }, wanted, scope) => requirementOf(args[0] as Expr, !wanted, scope)

const conditional: Translate = (_, { args }, wanted, scope) => {
  const [condition, yes, no] = args as [Expr, Expr, Expr]
  return choose(condition, requirementOf(yes, wanted, scope), requirementOf(no, wanted, scope), scope)
}

/** What holds by a condition: an error in it makes neither hold. */
function choose(condition: Expr, yes: Requirement, no: Requirement, scope: CelScope): Requirement {
  return {
    any: [{ all: [requirementOf(condition, true, scope), yes] }, { all: [requirementOf(condition, false, scope), no] }],
  }
}

const compare =
  (whereTrue: boolean): Translate =>
  (expression, { args }, wanted, scope) =>
    equalityOf(expression, args as [Expr, Expr], wanted === whereTrue, scope)

function equalityOf(whole: Expr, [left, right]: readonly [Expr, Expr], wanted: boolean, scope: CelScope): Requirement {
  for (const [side, other, isLeft] of [[left, right, true] as const, [right, left, false] as const]) {
    const branches = branchesOf(side, scope.mapping)
    if (branches === undefined) continue
    // An attribute that is not text is an error, which differs from every value.
    if (branches.isMapped && !(wanted && isTextValue(operandOf(other, scope.mapping))))
      return refuse(whole, 'a computed attribute is compared with equal text only', scope)
    const of = (branch: Expr): Requirement =>
      equalityOf(whole, isLeft ? [branch, other] : [other, branch], wanted, scope)
    return choose(branches.condition, of(branches.yes), of(branches.no), scope)
  }
  const [a, b] = [operandOf(left, scope.mapping), operandOf(right, scope.mapping)]
  if (a?.kind === 'value' && b?.kind === 'value') return (a.value === b.value) === wanted ? everything : nothing
  if (a?.kind === 'claim' && b?.kind === 'value') return equality(a, b.value, wanted, scope.where)
  if (a?.kind === 'value' && b?.kind === 'claim') return equality(b, a.value, wanted, scope.where)
  const isPair = a?.kind === 'claim' && b?.kind === 'claim'
  return refuse(
    whole,
    isPair ? 'rules do not compare two claims' : 'only claims other than aud are compared, and with values',
    scope,
  )
}

const isTextValue = (operand: Operand | undefined): boolean =>
  operand?.kind === 'value' && typeof operand.value === 'string'

const isIn: Translate = (expression, { args }, wanted, scope) => {
  const [left, right] = args as [Expr, Expr]
  const needle = operandOf(left, scope.mapping)
  const list = operandOf(right, scope.mapping)
  if (needle?.kind === 'claim' && list?.kind === 'list') return membership(needle, list.values, wanted, scope.where)
  if (needle?.kind !== 'value' || list?.kind !== 'claim')
    return refuse(expression, '"in" is understood for a claim in a list of values, and a value in a claim', scope)
  if (!wanted) return refuse(expression, 'that a list lacks a value has no counterpart', scope)
  return listTest(list, needle.value, scope.where)
}

const text: Translate = (expression, { function: name, target, args }, wanted, scope) => {
  // Of these, only matches() is a function as well.
  const [subject, argument, ...more] = target === undefined && name === 'matches' ? args : [target, ...args]
  const claim = subject && operandOf(subject, scope.mapping)
  const value = argument && operandOf(argument, scope.mapping)
  if (claim?.kind !== 'claim' || value?.kind !== 'value' || typeof value.value !== 'string' || more.length > 0)
    return refuse(expression, `${name}() is understood for a claim and a text`, scope)
  const found = textTest(name, claim, value.value, wanted, scope)
  return typeof found === 'string' ? refuse(expression, found, scope) : found
}

const functions: Readonly<Record<string, Translate>> = {
  '_&&_': join('all'),
  '_||_': join('any'),
  '!_': not,
  '_?_:_': conditional,
  '_==_': compare(true),
  '_!=_': compare(false),
  '@in': isIn,
  startsWith: text,
  endsWith: text,
  contains: text,
  matches: text,
}

function presenceOf(expression: Expr, wanted: boolean, scope: CelScope): Requirement {
  const { exprKind: kind } = expression
  const claim = kind.case === 'selectExpr' ? claimWithin(kind.value.operand, kind.value.field) : undefined
  if (claim === undefined) return refuse(expression, 'has() is understood for claims of the assertion', scope)
  if (!wanted && claim.length > 1)
    return refuse(expression, 'that a claim within another one is absent has no counterpart', scope)
  if (wanted)
    scope.findings.add({
      level: 'stricter',
      where: scope.where,
      message: `A rule takes an empty ${formatValue(claim.join('.'))} for an absent one, and has() does not.`,
      fix: 'Nothing, unless an empty claim may call.',
    })
  return presence(claim, wanted, scope.where)
}

function refuse(expression: Expr, reason: string, { where, findings }: CelScope): Requirement {
  findings.refuse(
    where,
    `${textOf(expression)} is not translated: ${reason}.`,
    'The rules admit nothing by this part: write it by hand, as conditions on the fields of a rule.',
  )
  return nothing
}

function refuseLong({ where, findings }: CelScope): Requirement {
  findings.refuse(where, 'The condition has too many parts.', 'Split it, and import the parts.')
  return nothing
}

/** The text of an expression. One with a macro such as exists() cannot be written back. */
function textOf(expression: Expr): string {
  try {
    return formatValue(unparse(expression))
  } catch {
    return 'An expression with a macro'
  }
}
