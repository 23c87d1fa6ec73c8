/** Regular expressions for values whose form is known. */

import type { Shape } from '@jobpass/core/internal'

/** A regular expression for the values of a shape. */
export function patternOf({ pattern, globs = [] }: Shape): string {
  return [
    ...globs.map((glob) => `^${regexOf(glob.split('/'))}$`),
    ...(pattern === undefined ? [] : [pattern.source]),
  ].join('|')
}

const letter = String.raw`[^/\s:*?]`

/** `**` is any number of segments, at the end at least one. */
function regexOf(segments: readonly string[]): string {
  const parts = segments.map((segment, index) => {
    const isLast = index === segments.length - 1
    if (segment === '**') return isLast ? `${letter}+(?:/${letter}+)*` : `(?:${letter}+/)*`
    const one = segment === '*' ? `${letter}+` : segment.split('*').map(literally).join(`${letter}*`)
    return isLast ? one : `${one}/`
  })
  return parts.join('')
}

/** A regular expression for one text. */
export const literally = (text: string): string => text.replaceAll(/[$()*+./?[\\\]^{|}]/g, '\\$&')
