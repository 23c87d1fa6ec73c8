/** Conditions on values that a field never has: such a rule would match nothing. */

import type { ValueShape } from '../model/value-shape.ts'
import { hasShape, valueShapes } from '../model/value-shape.ts'
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
  const instead = isGlob ? `${field}: ${format(text, true)}` : meant(text, form, write)
  const not = isPattern ? `which ${format(text, true)} never matches` : `not ${formatValue(text)}`
  return `is ${valueShapes[shape].called}, ${not}${instead === undefined ? '' : `: write ${instead}`}`
}

/** Whether a text is a pattern with wildcards. */
function isWild(text: string): boolean {
  return /[*?]/.test(text) && text.split('/').every((segment) => segment === '**' || !segment.includes('**'))
}

/** Whether a text, or a value that it matches as a pattern, is of the shape. */
function fits(text: string, shape: ValueShape, isPattern: boolean): boolean {
  const { globs, pattern } = valueShapes[shape]
  if (globs === undefined) return isPattern || hasShape(text, shape)
  if (isPattern) return globs.some((glob) => mayMeet(glob, text))
  if (pattern?.test(text) === true) return true
  return !/[\s:*?]/.test(text) && globs.some((glob) => matchGlob(compileGlob(glob, '/'), text, '/'))
}

/** The condition that somebody means by a value of another shape. */
function meant(text: string, { field, name, shape }: ValueForm, write: Write): string | undefined {
  const lower = text.toLowerCase()
  if (shape === undefined || hasShape(lower, shape)) return write(field, lower)
  if (name !== undefined && valueShapes[shape].globs === undefined) return `${write(name, text)}, or look the id up`
  if (shape === 'ref') {
    const [, kind, short = text] = /^(heads|tags)\/(.+)$/.exec(text) ?? []
    const fields = kind === 'heads' ? ['branch'] : kind === 'tags' ? ['tag'] : ['branch', 'tag']
    return fields.map((each) => write(each, short)).join(' or ')
  }
  if (/orkflow/.test(field)) return write(field.replace(/(?:File)?$/, 'File'), fileIn(text, shape))
  const fitting = namesIn(text, shape).find((each) => fits(each, shape, /[*?]/.test(each)))
  return fitting === undefined ? undefined : write(field, fitting)
}

/** The path of a workflow file. */
function fileIn(text: string, shape: ValueShape): string {
  const path = text.replace(/@.*$/, '')
  if (shape === 'config-file') return path.replace(/^.*\/\//, '')
  return shape === 'called-workflow' && path.includes('/') ? path : `.github/workflows/${path.replace(/^.*\//, '')}`
}

/** Names that a URL contains, or one without its owner. */
function namesIn(text: string, shape: ValueShape): readonly string[] {
  const rest = text.replace(/^(?:\w+:\/\/|git@)/, '').replace(/\.git$|\/$/, '')
  if (rest === text) return [`…/${text}`]
  const path = rest.replace(/^[^/:]*\.[^/:]*[/:]/, '')
  return shape === 'host/owner/name' ? [rest] : [path, path.replace(/\/.*$/, '')]
}
