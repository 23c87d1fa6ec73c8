/** Values on their way into text that somebody else reads: a log, a terminal, a Markdown page, the output of a CI job. */

// Controls, formats (marks of direction, tag characters, soft hyphens), line and paragraph separators, surrogates without a
// partner, and the fillers of Hangul, Khmer and Braille, which are letters and look like nothing.
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u115f\u1160\u2800\u3164\uffa0]|\u17b4|\u17b5/gu
// `::command::` and `##[command]` are orders to a CI runner that reads a job's output.
const orders = /::|##/g

const unicode = (character: string): string =>
  Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
    .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
    .join('')

/** A text on one line, with nothing in it that a terminal or a CI runner would obey. */
export function escapeForLog(text: string): string {
  return text.replace(invisible, unicode).replace(orders, (order) => `${order[0]}${unicode(order[1] as string)}`)
}

/** A value as JSON, disarmed. Still JSON. */
export function toPlainText(value: unknown): string {
  return escapeForLog(JSON.stringify(value) ?? 'nothing')
}

const maxValueLength = 200

/** An unverified text for an operator's log: on one line, disarmed, at most 200 characters of it. */
export function escapeText(text: string): string {
  return escapeForLog(shorten(text))
}

/** Any unverified value for an operator's log: text in quotes, and no more of lists and objects than that they are. */
export function escapeValue(value: unknown): string {
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object'
  return typeof value === 'string' ? toPlainText(shorten(value)) : String(value)
}

function shorten(text: string): string {
  return text.length > maxValueLength ? `${text.slice(0, maxValueLength)}…` : text
}

const marks = /[\\`*_{}[\]<>()#+!|~-]/g

/** Text that was disarmed, as text of a Markdown page: no mark-up works in it. */
export function toMarkdownText(text: string): string {
  return text.replace(marks, (mark) => `\\${mark}`)
}

/** The same for a Markdown table: as code, which no mark-up works in. */
export function toMarkdown(value: unknown): string {
  const text = toPlainText(value)
    .replaceAll('|', unicode('|'))
    .replaceAll('`', unicode('`'))
    .replaceAll('<', unicode('<'))
  return `\`${text}\``
}
