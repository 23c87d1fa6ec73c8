/** A form of subjects with its meaning, and the conditions that forms are made of. */

import { exactText, globsWithin, joined, matchesAll } from '../pattern.ts'
import type { Pattern } from '../requirement.ts'
import { any } from '../requirement.ts'
import type { Choice, Condition } from '../translate/condition.ts'
import { oneOrList } from '../translate/condition.ts'
import type { Form, Hole, Split } from './split.ts'

/** A form, and the conditions on a job whose subject has it. */
export interface SubjectForm {
  /** The form. */
  readonly form: Form
  /**
   * Its kind, in words: a form `0 ref branch` is left out where `0 all` or `0 ref all` fits, since
   * these include it.
   */
  readonly kind: string
  /**
   * The conditions under which the holes have values that match; `undefined` where rules cannot
   * say it.
   */
  readonly conditions: (holes: Split) => Choice | undefined
  /**
   * What surprises in subjects that fit, in words, and the end of such a subject. Default: nothing.
   */
  readonly surprise?: readonly [message: string, context: string]
}

/** The part of a form that follows the repository. */
export type Context = SubjectForm

/** Characters of refs: https://git-scm.com/docs/git-check-ref-format */
export const refCharacter: RegExp = /[^\s~^:?*[\\]/

/** Makes a hole. */
export const hole = (name: string, of: RegExp, alsoFixed?: RegExp): Hole => ({
  hole: name,
  of,
  ...(alsoFixed && { alsoFixed }),
})

/** A condition on a field that takes patterns. `segments` is whether its values have several. */
export function on(key: string, pattern: Pattern, segments = true): readonly Condition[] | undefined {
  const text = exactText(pattern)
  if (text !== undefined) return [{ key, value: text }]
  const globs = globsWithin(pattern, segments)
  return globs && [{ key, value: oneOrList(globs.map((glob) => ({ glob }))) }]
}

/** A condition on a field that must be there. */
export function there(key: string, pattern: Pattern = []): readonly Condition[] | undefined {
  return matchesAll(pattern) ? [{ key, value: { present: true } }] : on(key, pattern)
}

/** A condition on an id: an exact one, or none. */
export function id(key: string, pattern: Pattern = [any]): readonly Condition[] | undefined {
  const text = exactText(pattern)
  if (text !== undefined) return [{ key, value: text }]
  return everything(pattern)
}

/** No condition where the pattern matches everything; `undefined` where it does not. */
export function everything(pattern: Pattern = []): readonly Condition[] | undefined {
  return matchesAll(pattern) ? [] : undefined
}

/** All of several lists; `undefined` where one is. */
export function all(...lists: readonly (readonly Condition[] | undefined)[]): Choice | undefined {
  return lists.includes(undefined) ? undefined : lists.flatMap((list) => list ?? [])
}

/** The context that may be anything. */
export const anyContext: Context = {
  form: [hole('context', /[^\n]/)],
  kind: 'all',
  conditions: ({ context }) => everything(context),
}

/** A form of the tenant's part and a context. */
export function formOf(
  tenant: Form,
  group: number,
  context: Context,
  conditions: SubjectForm['conditions'],
): SubjectForm {
  return {
    ...context,
    form: joinText([...tenant, ...context.form]),
    kind: `${group} ${context.kind}`,
    conditions: (holes) => all(conditions(holes), context.conditions(holes)),
  }
}

function joinText(form: Form): Form {
  const parts: (string | Hole)[] = []
  for (const part of form) {
    const last = parts.at(-1)
    if (typeof part === 'string' && typeof last === 'string') parts[parts.length - 1] = last + part
    else parts.push(part)
  }
  return parts
}

/** The tenant whose name a wildcard directly follows, as in `acme*`; `undefined` without one. */
export function openTenant(pattern: Pattern = []): string | undefined {
  const [first, second] = joined(pattern)
  return typeof first === 'string' && !first.includes('/') && second === any ? first : undefined
}
