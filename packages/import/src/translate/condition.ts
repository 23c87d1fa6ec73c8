/** Conditions of a rule that is being made. */

/** A condition on a field, or on a claim by its path. */
export interface Condition {
  /** The name of the field, or the path of the claim below `claims`. */
  readonly key: string | readonly string[]
  /** The condition, as in a document. */
  readonly value: unknown
}

/** Conditions that must all hold. */
export type Choice = readonly Condition[]

/** What a test is translated to: alternatives of which one must hold. */
export interface Translated {
  /** The alternatives. None of them is wider than the test. */
  readonly choices: readonly Choice[]
  /** What is narrower than in the original, and what it admits by accident. */
  readonly remarks: readonly Remark[]
}

/** A finding without its place. */
export interface Remark {
  /** What it says of the translation. */
  readonly level: 'refused' | 'accident' | 'stricter' | 'note'
  /** What was found. */
  readonly message: string
  /** What to do about it. */
  readonly fix: string
  /** Claims that replace those of a token that the alternative admits. Default: no example. */
  readonly example?: Readonly<Record<string, unknown>>
}

/** A test that cannot be translated. */
export class Untranslatable extends Error {
  override readonly name = 'Untranslatable'
  /** What to do about it. */
  readonly fix: string

  constructor(reason: string, fix: string) {
    super(reason)
    this.fix = fix
  }
}

/** One value by itself, several as a list. */
export function oneOrList(values: readonly unknown[]): unknown {
  return values.length === 1 ? values[0] : values
}

/** The rule of conditions, of which several on one key must all hold. */
export function ruleOf(conditions: Choice): Readonly<Record<string, unknown>> {
  const rule: Record<string, unknown> = {}
  for (const { key, value } of conditions) {
    if (typeof key === 'string') rule[key] = both(rule[key], value)
    else addClaim(rule, ['claims', ...key], value)
  }
  return rule
}

function addClaim(rule: Record<string, unknown>, [head = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) rule[head] = both(rule[head], value)
  else {
    const inner = { ...(rule[head] as Record<string, unknown> | undefined) }
    addClaim(inner, rest, value)
    rule[head] = inner
  }
}

/** Both of two conditions on one key. */
function both(first: unknown, second: unknown): unknown {
  if (first === undefined || JSON.stringify(first) === JSON.stringify(second)) return second
  const list = [...partsOf(first), ...partsOf(second)]
  const texts = list.map((each) => JSON.stringify(each))
  return { allOf: list.filter((_, index) => texts.indexOf(texts[index] as string) === index) }
}

function partsOf(condition: unknown): readonly unknown[] {
  const isAll = typeof condition === 'object' && condition !== null && 'allOf' in condition
  return isAll ? (condition.allOf as readonly unknown[]) : [condition]
}
