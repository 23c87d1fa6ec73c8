/** HTML, in which every value is escaped. */

import { invisible } from '@jobpass/core/internal'

/** Marked-up text that is safe to send. Only `html` makes it. */
export class Html {
  /** The text. */
  readonly text: string

  /** Takes text as it is. */
  constructor(text: string) {
    this.text = text
  }
}

/** What a template takes: text and numbers are escaped, `undefined` and `false` are left out. */
export type HtmlValue = Html | string | number | undefined | false | readonly HtmlValue[]

/** A template of HTML. Attributes need double quotes around their values. */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return new Html(strings.reduce((text, string, index) => text + textOf(values[index - 1]) + string))
}

function textOf(value: HtmlValue): string {
  if (value === undefined || value === false) return ''
  if (value instanceof Html) return value.text
  return Array.isArray(value) ? (value as readonly HtmlValue[]).map(textOf).join('') : escapeHtml(String(value))
}

const references: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
}

// Characters that show nothing can make one name look like another.
function escapeHtml(text: string): string {
  return text.replace(invisible, spellOut).replace(/[&<>"'`]/g, (character) => references[character] ?? '')
}

/** The code point of a character, as text. */
function spellOut(character: string): string {
  const digits = (character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')
  return digits.length > 4 ? `\\u{${digits}}` : `\\u${digits}`
}
