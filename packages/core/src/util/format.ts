/**
 * Lower-cases ASCII letters only, as platforms compare names. Unicode case folding would make
 * different names equal.
 */
export function foldAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}

/** A value for messages about configuration: short, on one line. */
export function formatValue(value: unknown): string {
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'object' && value !== null) {
    return Array.isArray(value) ? `[${value.map(formatValue).join(', ')}]` : 'an object'
  }
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 100)) : String(value)
}

/**
 * Whether a number may have lost digits when it was parsed: `709e7420` becomes Infinity, 2^53 + 1
 * becomes 2^53, and `1.10` becomes 1.1.
 */
function hasLostDigits(value: unknown): boolean {
  return typeof value === 'number' && !Number.isSafeInteger(value)
}

/**
 * How to write a bare value as text, or that its digits are lost. `written` is its spelling in its
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

/**
 * A bare value with its type, and with its spelling unless that is lost: `the number 7`, `a
 * number`.
 */
export function formatBare(value: unknown, written?: string): string {
  return written === undefined && hasLostDigits(value) ? 'a number' : `the ${typeof value} ${written ?? String(value)}`
}

/** A value for messages where text is expected: for a number, how to write it as text. */
export function formatForText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(formatForText).join(', ')}]`
  return typeof value === 'number' ? `${formatBare(value)} (${asText(value)})` : formatValue(value)
}

/** The type and size of a value, for messages about options that may hold a secret. */
export function formatType(value: unknown): string {
  if (typeof value === 'string') return `text of ${value.length} characters`
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`
  // Numbers and booleans are no secrets.
  return typeof value === 'symbol' ? 'a symbol' : formatValue(value)
}

/** A URL for messages: without its query; by its type where it may contain user info. */
export function formatUrl(value: unknown): string {
  if (typeof value === 'number') return formatForText(value)
  if (typeof value !== 'string' || value.includes('@')) return formatType(value)
  return formatValue(value.replace(/[?#].*$/s, (rest) => `${rest.charAt(0)}…`))
}

/** The name by which a program imports a provider: `githubActions` for `github-actions`. */
export function importName(id: string): string {
  return id.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}
