/** Writes results: text for people, or JSON for programs. */

import type { Context } from '../context.ts'

/** Writes text and a line break to standard output. */
export function print({ process }: Context, text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
}

/** A value as JSON, on one line unless it is indented. */
export function toJson(value: unknown, indent?: number): string {
  // Control characters are escaped by JSON; those of C1 and the marks of direction are escaped
  // here.
  return JSON.stringify(value, null, indent).replaceAll(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** Writes a value as JSON to standard output. */
export function printJson(context: Context, value: unknown): void {
  print(context, toJson(value, 2))
}

/** Writes a remark to standard error. */
export function remark({ process }: Context, text: string): void {
  process.stderr.write(`${text}\n`)
}
