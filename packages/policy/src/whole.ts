/** Whether a text is all that its writer means: a YAML policy that is cut off is often a valid one, and a wider one. */

import type { Look } from './read-file.ts'
import type { PolicyFormat } from './source.ts'

/** What to do where a text may be cut off. */
export const notWhole =
  'was written in place and may be cut off: write another file and rename it over this one, or end the text with a line of three dots (...)'

/** Whether a text shows its own end: JSON always does, YAML does by the line that ends a document (YAML 1.2.2 §9.1.2). */
function isClosed(text: string, format: PolicyFormat): boolean {
  return format === 'json' || /(?:^|\n)\.\.\.[ \t]*\s*$/.test(text)
}

/**
 * Follows what comes under a path, and tells whether it is whole. A file that was renamed to the path, or that a link now
 * leads to, is whole as it came; what is written into it later is whole once it shows its own end.
 */
export class Arrivals {
  #arrived: Look

  constructor(first: Look) {
    this.#arrived = first
  }

  /** Takes note of a look; each one counts, so that writing into a file is seen. */
  note(look: Look): void {
    if (look.file !== this.#arrived.file) this.#arrived = look
  }

  /** Whether what a look found is as it came, or shows its end. */
  isWhole({ text }: Look, format: PolicyFormat): boolean {
    return text === undefined || text === this.#arrived.text || isClosed(text, format)
  }
}
