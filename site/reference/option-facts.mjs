/** Default, range and unit of an option, from its comment. */

const count = String.raw`\d[\d.,]*(?<=\d)`
const name = String.raw`(?:the exchange's )?\`\w+\``
/** Two bounds, of which one may be another option. */
const span = String.raw`(?:${count} to (?:${count}|${name})|${name} to ${count})`
const units = ['milliseconds', 'seconds', 'bytes', 'characters', 'tokens', 'claims', 'issuers']

/** What comments lack. */
export const faults = new Set()

/**
 * The facts. The sentence that begins with "Default" is the default, which every optional option
 * has; a number has a range, or is a time.
 */
export function factsOf(option, type) {
  const full = textOf(option.comment ?? option.signatures?.[0]?.comment)
  const [sentence, value] = /\s*\bDefault[:,]? (.+?)\.(?=\s|$)/.exec(full) ?? []
  const isOptional = option.flags.isOptional === true
  if (isOptional && value === undefined) faults.add(`${option.getFullName()} states no default`)
  if (!isOptional && value !== undefined) faults.add(`${option.getFullName()} is required, and states a default`)
  const about = sentence === undefined ? full : full.replace(sentence, '')
  const range = rangeOf(about)
  if (type === 'number' && range === '') faults.add(`${option.getFullName()} states neither range nor unit`)
  return { fallback: value ?? 'required', range, text: withoutRange(about) }
}

/** The text of a comment, on one line. */
export function textOf({ summary }) {
  return summary
    .map(({ text }) => text)
    .join('')
    .replaceAll(/\s+/g, ' ')
    .trim()
}

function rangeOf(text) {
  for (const sentence of text.split(/(?<=\.)\s/)) {
    const [found] = new RegExp(span).exec(sentence) ?? []
    if (found === undefined) continue
    const unit = units.find((each) => new RegExp(String.raw`\b${each}\b`, 'i').test(sentence))
    return unit === undefined ? found : `${found} ${unit}`
  }
  const [least] = /\bat least \d+ [a-z ]+/i.exec(text) ?? []
  const [time] = /\b(?:milli)?seconds since 1970/i.exec(text) ?? []
  return (least ?? time ?? '').toLowerCase()
}

/** The text without a range that ends a clause. */
function withoutRange(text) {
  return text.replace(new RegExp(String.raw`[,:] ${span}(?: (?:${units.join('|')}))?(?=[.;])`), '')
}
