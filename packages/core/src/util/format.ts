/** Lower-cases ASCII letters only: hosts fold names this way, and Unicode folding would make different names equal. */
export function foldAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}

/** A value for a message about configuration: short, and on one line. */
export function formatValue(value: unknown): string {
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'object' && value !== null) {
    return Array.isArray(value) ? `[${value.map(formatValue).join(', ')}]` : 'an object'
  }
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 100)) : String(value)
}

/**
 * Whether a parser may have read other digits than were written: `709e7420` is infinite, 2^53 + 1 is 2^53, and
 * `1.10` is 1.1.
 */
function hasLostDigits(value: unknown): boolean {
  return typeof value === 'number' && !Number.isSafeInteger(value)
}

/**
 * How a number or another bare value is to be written as text, or that its digits are lost. `written` is how it reads in its
 * document, where there is one.
 */
export function asText(
  value: unknown,
  written?: string,
  quote: (text: string) => string = (text) => `'${text}'`,
): string {
  if (written === undefined && hasLostDigits(value))
    return 'quote it where it is written: as a number it has lost its digits'
  return `quote it, ${quote(written ?? String(value))}`
}

/** A bare value by its type, and as it is written unless that is lost: `the number 7`, `a number`. */
export function formatBare(value: unknown, written?: string): string {
  return written === undefined && hasLostDigits(value) ? 'a number' : `the ${typeof value} ${written ?? String(value)}`
}

/** A value for a message where text is expected: of a number, how to write it as text. */
export function formatForText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(formatForText).join(', ')}]`
  return typeof value === 'number' ? `${formatBare(value)} (${asText(value)})` : formatValue(value)
}

/** The type and size of a value, for a message about an option that may hold a secret. */
export function formatType(value: unknown): string {
  if (typeof value === 'string') return `text of ${value.length} characters`
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`
  // Numbers and truth values are no secrets.
  return typeof value === 'symbol' ? 'a symbol' : formatValue(value)
}

/** An address, for a message: without its query, and by its type where it may have user info. */
export function formatUrl(value: unknown): string {
  if (typeof value === 'number') return formatForText(value)
  if (typeof value !== 'string' || value.includes('@')) return formatType(value)
  return formatValue(value.replace(/[?#].*$/s, (rest) => `${rest.charAt(0)}…`))
}
