/** Colours, only where a person reads them. */

import { styleText } from 'node:util'
import type { Context, Output } from '../context.ts'

type Format = Parameters<typeof styleText>[0]

/** Marks text, or returns it as it is. */
export interface Style {
  /** Whether text is marked. */
  readonly colours: boolean
  /** The answer is yes. */
  readonly good: (text: string) => string
  /** The answer is no. */
  readonly bad: (text: string) => string
  /** Needs attention. */
  readonly warn: (text: string) => string
  /** Less important. */
  readonly dim: (text: string) => string
  /** More important. */
  readonly bold: (text: string) => string
}

/**
 * The style for a stream: colours on a terminal, unless `NO_COLOR` is set (https://no-color.org) or
 * the terminal is dumb. `FORCE_COLOR` decides before both, as in Node; `0` switches colours off.
 */
export function styleFor(stream: Output, env: Context['process']['env']): Style {
  const colours = hasColours(stream, env)
  const by =
    (format: Format) =>
    (text: string): string =>
      colours ? styleText(format, text, { validateStream: false }) : text
  return { colours, good: by('green'), bad: by('red'), warn: by('yellow'), dim: by('dim'), bold: by('bold') }
}

function hasColours({ isTTY = false }: Output, env: Context['process']['env']): boolean {
  const forced = env['FORCE_COLOR']
  if (forced !== undefined) return forced !== '0' && forced !== 'false'
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return false
  return isTTY && env['TERM'] !== 'dumb'
}
