/** Conditions on values that a field never has: such a rule would match nothing. */

import type { Shape } from '../model/value-shape.ts'
import { hasShape } from '../model/value-shape.ts'
import type { ValueForm } from '../table/comparison.ts'
import { formatValue } from '../util/format.ts'
import { compileGlob, matchGlob, mayMeet } from './glob.ts'

/** A value or pattern of a condition. */
interface Written {
  readonly text: string
  readonly isPattern: boolean
  /** Whether the field takes patterns. */
  readonly globs: boolean
}

/** Writes a condition on a field. */
type Write = (field: string, text: string) => string

/** Writes a value or pattern as programs do. */
const inCode = (text: string, isPattern: boolean): string => (isPattern ? `glob('${text}')` : `'${text}'`)

/**
 * Says what is wrong with a value or pattern that no token has, and what to write instead;
 * `undefined` for any other.
 */
export function formFault(
  { text, isPattern, globs }: Written,
  form: ValueForm | undefined,
  format: (text: string, isPattern: boolean) => string = inCode,
): string | undefined {
  if (form === undefined) return undefined
  const { field, shape, never } = form
  const write: Write = (name, value) => `${name}: ${format(value, isPattern && /[*?]/.test(value))}`
  const start = Object.keys(never).find((each) => text.startsWith(each))
  if (start !== undefined)
    return `never begins with '${start}': write ${write(never[start] as string, text.slice(start.length))}`
  if (shape === undefined || fits(text, shape, isPattern)) return undefined
  const isGlob = !isPattern && globs && isWild(text) && fits(text, shape, true)
  const instead = isGlob ? `${field}: ${format(text, true)}` : meant(text, field, shape, form.name, write)
  const not = isPattern ? `which ${format(text, true)} never matches` : `not ${formatValue(text)}`
  return `is ${shape.called}, ${not}${instead === undefined ? '' : `: write ${instead}`}`
}

/** Whether a text is a pattern with wildcards. */
function isWild(text: string): boolean {
  return /[*?]/.test(text) && text.split('/').every((segment) => segment === '**' || !segment.includes('**'))
}

/** Whether a text, or a value that it matches as a pattern, is of the shape. */
function fits(text: string, shape: Shape, isPattern: boolean): boolean {
  const { globs, pattern } = shape
  if (globs === undefined) return isPattern || hasShape(text, shape)
  if (isPattern) return globs.some((glob) => mayMeet(glob, text))
  if (pattern?.test(text) === true) return true
  return !/[\s:*?]/.test(text) && globs.some((glob) => matchGlob(compileGlob(glob, '/'), text, '/'))
}

/** The condition that somebody means by a value of another shape. */
function meant(text: string, field: string, shape: Shape, name: string | undefined, write: Write): string | undefined {
  const lower = text.toLowerCase()
  if (hasShape(lower, shape)) return write(field, lower)
  if (name !== undefined && shape.globs === undefined) return `${write(name, text)}, or look the id up`
  const alternatives = shape.meant?.(text, field) ?? []
  const found = alternatives.find((all) =>
    all.every(([other, value]) => other !== field || fits(value, shape, /[*?]/.test(value))),
  )
  return found?.map(([other, value]) => write(other, value)).join(' or ')
}
