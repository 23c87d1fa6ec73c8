/** Whether a text is complete: a truncated YAML policy is often a valid one, and a wider one. */

import type { Look } from './read-file.ts'
import type { PolicyFormat } from './source.ts'

/** The message for a text that may be truncated. */
export const notWhole =
  'was written in place and may be truncated: write another file and rename it over this one, or end the text with a line of three dots (...)'

/**
 * Whether the end of a text is recognizable: always in JSON, in YAML by the document end marker
 * (YAML 1.2.2 §9.1.2).
 */
function isClosed(text: string, format: PolicyFormat): boolean {
  return format === 'json' || /(?:^|\n)\.\.\.[ \t]*\s*$/.test(text)
}

/**
 * Tracks the files at a path, and decides whether their text is complete. A file that was renamed
 * to the path, or that a symbolic link now points to, is complete. Text written into it later is
 * complete once its end is recognizable.
 */
export class Arrivals {
  #arrived: Look

  constructor(first: Look) {
    this.#arrived = first
  }

  /** Records a result; every result counts, so that writes into a file are noticed. */
  note(look: Look): void {
    if (look.file !== this.#arrived.file) this.#arrived = look
  }

  /**
   * Whether the file is unchanged since it was renamed to the path, or the end of its text is
   * recognizable.
   */
  isWhole({ text }: Look, format: PolicyFormat): boolean {
    return text === undefined || text === this.#arrived.text || isClosed(text, format)
  }
}
