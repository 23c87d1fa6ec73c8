/**
 * Escapes values for text that others read: logs, terminals, Markdown pages, the output of CI jobs.
 */

/**
 * Characters that show nothing: control and format characters, separators of lines and paragraphs,
 * lone surrogates, what Unicode ignores by default (tags, variation selectors, fillers of Hangul),
 * and the blank of Braille.
 */
export const invisible: RegExp = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{DI}\u2800]/gu
// CI runners execute `::command::` and `##[command]` in the output of a job.
const orders = /::|##/g

const unicode = (character: string): string =>
  Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
    .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
    .join('')

/** A text on one line, without anything that a terminal or CI runner would interpret. */
export function escapeForLog(text: string): string {
  return text.replace(invisible, unicode).replace(orders, (order) => `${order[0]}${unicode(order[1] as string)}`)
}

/** A value as JSON, escaped for logs; still JSON. */
export function toPlainText(value: unknown): string {
  return escapeForLog(JSON.stringify(value) ?? 'nothing')
}

const maxValueLength = 200

/** An unverified text for an operator's log: on one line, escaped, at most 200 characters. */
export function escapeText(text: string): string {
  return escapeForLog(shorten(text))
}

/** An unverified value for an operator's log: text in quotes; lists and objects by type only. */
export function escapeValue(value: unknown): string {
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object'
  return typeof value === 'string' ? toPlainText(shorten(value)) : String(value)
}

function shorten(text: string): string {
  return text.length > maxValueLength ? `${text.slice(0, maxValueLength)}…` : text
}

const marks = /[\\`*_{}[\]<>()#+!|~-]/g

/** Escaped text for a Markdown page: no mark-up in it works. */
export function toMarkdownText(text: string): string {
  return text.replace(marks, (mark) => `\\${mark}`)
}

/** The same for a Markdown table: as code. */
export function toMarkdown(value: unknown): string {
  const text = toPlainText(value)
    .replaceAll('|', unicode('|'))
    .replaceAll('`', unicode('`'))
    .replaceAll('<', unicode('<'))
  return `\`${text}\``
}
