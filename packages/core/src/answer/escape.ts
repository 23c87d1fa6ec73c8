/** Values on their way into text that somebody else reads: a log, a terminal, a Markdown page, the output of a CI job. */

// C0 and C1 controls, line and paragraph separators, and the marks that turn the direction of text around.
const invisible = /[\p{Cc}\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu
// `::command::` and `##[command]` are orders to a CI runner that reads a job's output.
const orders = /::|##/g

const unicode = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

/** A text on one line, with nothing in it that a terminal or a CI runner would obey. */
export function disarm(text: string): string {
  return text.replace(invisible, unicode).replace(orders, (order) => `${order[0]}${unicode(order[1] as string)}`)
}

/** A value as JSON, disarmed. Still JSON. */
export function toPlainText(value: unknown): string {
  return disarm(JSON.stringify(value) ?? 'nothing')
}

/** The same for a Markdown table: as code, which no mark-up works in. */
export function toMarkdown(value: unknown): string {
  const text = toPlainText(value)
    .replaceAll('|', unicode('|'))
    .replaceAll('`', unicode('`'))
    .replaceAll('<', unicode('<'))
  return `\`${text}\``
}
