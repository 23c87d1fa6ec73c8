/** What the operands of CEL expressions refer to: claims, values and lists of values. */

import type { Constant, Expr } from '@bufbuild/cel-spec/cel/expr/syntax_pb.js'
import type { ClaimPath, Scalar } from '../requirement.ts'

/** The attribute mapping: expressions by `google.subject`, `attribute.NAME`. */
export type Mapping = ReadonlyMap<string, Expr>

/** A claim, by its name in the token. */
export interface ClaimOperand {
  /** The kind of operand. */
  readonly kind: 'claim'
  /** The claim. */
  readonly claim: ClaimPath
  /** Whether the mapping is between, by which only text passes. */
  readonly isMapped: boolean
}

/** An operand of an expression. */
export type Operand =
  | ClaimOperand
  | { readonly kind: 'value'; readonly value: Scalar }
  | { readonly kind: 'list'; readonly values: readonly Scalar[] }

const noMapping: Mapping = new Map()

/** What an expression refers to; `undefined` for anything that is computed. */
export function operandOf(expression: Expr, mapping: Mapping): Operand | undefined {
  const mapped = mappedTo(expression, mapping)
  if (mapped !== undefined) {
    const operand = operandOf(mapped, noMapping)
    if (operand?.kind === 'value') return typeof operand.value === 'string' ? operand : undefined
    return operand?.kind === 'claim' ? { ...operand, isMapped: true } : undefined
  }
  const { exprKind: kind } = expression
  if (kind.case === 'constExpr') {
    const value = valueOf(kind.value)
    return value === undefined ? undefined : { kind: 'value', value }
  }
  if (kind.case === 'listExpr') {
    const values = kind.value.elements.map((each) => operandOf(each, noMapping))
    const isPlain = values.every((each) => each?.kind === 'value')
    return isPlain ? { kind: 'list', values: values.map(({ value }) => value) } : undefined
  }
  const claim = claimOf(expression)
  // To CEL, a list of one audience is another value than the audience; to a verifier, it is not.
  const isClaim = claim !== undefined && claim.length > 0 && claim[0] !== 'aud'
  return isClaim ? { kind: 'claim', claim, isMapped: false } : undefined
}

/** The parts of `condition ? yes : no`, also where an attribute is mapped to it. */
export interface Branches {
  /** What decides. */
  readonly condition: Expr
  /** The value where the condition is true. */
  readonly yes: Expr
  /** The value where the condition is false. */
  readonly no: Expr
  /** Whether the mapping is between, by which only text passes. */
  readonly isMapped: boolean
}

/** The branches of an expression, if it has any. */
export function branchesOf(expression: Expr, mapping: Mapping): Branches | undefined {
  const mapped = mappedTo(expression, mapping)
  const { exprKind: kind } = mapped ?? expression
  if (kind.case !== 'callExpr' || kind.value.function !== '_?_:_') return undefined
  const [condition, yes, no] = kind.value.args
  return condition && yes && no ? { condition, yes, no, isMapped: mapped !== undefined } : undefined
}

/** The expression to which `google.subject` or `attribute.NAME` is mapped. */
function mappedTo({ exprKind: kind }: Expr, mapping: Mapping): Expr | undefined {
  if (kind.case !== 'selectExpr' || kind.value.testOnly) return undefined
  const root = kind.value.operand?.exprKind
  return root?.case === 'identExpr' ? mapping.get(`${root.value.name}.${kind.value.field}`) : undefined
}

/** The path of `assertion.a` and `assertion['a']`, and of members below it. */
function claimOf({ exprKind: kind }: Expr): ClaimPath | undefined {
  if (kind.case === 'identExpr') return kind.value.name === 'assertion' ? [] : undefined
  if (kind.case === 'selectExpr' && !kind.value.testOnly) return claimWithin(kind.value.operand, kind.value.field)
  if (kind.case !== 'callExpr' || kind.value.function !== '_[_]') return undefined
  const [object, key] = kind.value.args
  const name = key?.exprKind.case === 'constExpr' ? key.exprKind.value.constantKind : undefined
  return name?.case === 'stringValue' ? claimWithin(object, name.value) : undefined
}

/** The path of a member of a claim, or of the assertion. */
export function claimWithin(object: Expr | undefined, name: string): ClaimPath | undefined {
  const path = object && claimOf(object)
  return path && [...path, name]
}

function valueOf({ constantKind: kind }: Constant): Scalar | undefined {
  if (kind.case === 'stringValue' || kind.case === 'boolValue') return kind.value
  if (kind.case === 'nullValue') return null
  const number =
    kind.case === 'int64Value' || kind.case === 'uint64Value' || kind.case === 'doubleValue'
      ? Number(kind.value)
      : undefined
  return number !== undefined && (kind.case === 'doubleValue' ? Number.isFinite(number) : Number.isSafeInteger(number))
    ? number
    : undefined
}
