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

/**
 * The members of a rule, of which several on one key must all hold; `undefined` for none that can.
 */
export function membersOf(conditions: Choice): Readonly<Record<string, unknown>> | undefined {
  const members: Record<string, unknown> = {}
  for (const { key, value } of conditions) addTo(members, typeof key === 'string' ? [key] : ['claims', ...key], value)
  return JSON.stringify(members).includes(JSON.stringify(never)) ? undefined : members
}

function addTo(members: Record<string, unknown>, [head = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) members[head] = both(members[head], value)
  else {
    const inner = { ...(members[head] as Record<string, unknown> | undefined) }
    addTo(inner, rest, value)
    members[head] = inner
  }
}

/** What no value satisfies. */
const never = { never: true }

/** Both of two conditions on one key. */
function both(first: unknown, second: unknown): unknown {
  const given = first === undefined ? partsOf(second) : [...partsOf(first), ...partsOf(second)]
  const parts = withoutOtherSpellings(given)
  const exact = parts.filter(isExact).map((each): readonly unknown[] => (Array.isArray(each) ? each : [each]))
  const [values] = exact
  const shared = values?.filter((value) => exact.every((list) => list.includes(value)))
  const others = parts.filter((part) => !isExact(part))
  const isAbsent = others.some((part) => isText(part, { present: false }))
  const kept = others.filter((part) => !isText(part, { present: true }))
  if (
    shared?.length === 0 ||
    parts.some((part) => isText(part, [])) ||
    (isAbsent &&
      (values !== undefined || others.length > others.filter((part) => isText(part, { present: false })).length))
  )
    return never
  const all = distinct([...(shared === undefined ? [] : [oneOrList(shared)]), ...kept])
  if (all.length === 0) return { present: true }
  return all.length === 1 ? all[0] : { allOf: all }
}

/**
 * The conditions without the values that another one has in another letter case only: rules ignore
 * letter case in names, and the original takes the two for different.
 */
function withoutOtherSpellings(parts: readonly unknown[]): readonly unknown[] {
  const isGlob = (part: unknown): boolean => typeof part === 'object' && part !== null && 'glob' in part
  const lists = parts
    .filter((part) => typeof part === 'string' || Array.isArray(part) || isGlob(part))
    .map((part): readonly unknown[] => (Array.isArray(part) ? part : [part]))
  const isIn = (value: unknown): boolean =>
    typeof value !== 'string' || lists.every((list) => list.some((each) => each === value || hasSpelling(each, value)))
  return parts.map((part) => {
    if (typeof part === 'string') return isIn(part) ? part : []
    return Array.isArray(part) ? part.filter(isIn) : part
  })
}

/** Whether a glob may match a text in this letter case. */
function hasSpelling(glob: unknown, text: string): boolean {
  if (typeof glob !== 'object' || glob === null || !('glob' in glob)) return false
  const literal = String(glob.glob).split(/[*?]+/)
  let at = 0
  for (const piece of literal) {
    const found = text.indexOf(piece, at)
    if (found < 0) return false
    at = found + piece.length
  }
  return text.startsWith(literal[0] ?? '') && text.endsWith(literal.at(-1) ?? '')
}

/** Whether a condition is a value, or a list of values without globs. */
export function isExact(condition: unknown): boolean {
  const list: readonly unknown[] = Array.isArray(condition) ? condition : [condition]
  return list.every((each) => ['string', 'number', 'boolean'].includes(typeof each))
}

function isText(part: unknown, other: unknown): boolean {
  return JSON.stringify(part) === JSON.stringify(other)
}

function distinct(parts: readonly unknown[]): readonly unknown[] {
  return parts.filter((part, index) => parts.findIndex((each) => isText(each, part)) === index)
}

function partsOf(condition: unknown): readonly unknown[] {
  const isAll = typeof condition === 'object' && condition !== null && 'allOf' in condition
  return isAll ? (condition.allOf as readonly unknown[]) : [condition]
}
