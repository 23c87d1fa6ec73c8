/** Reading a file that somebody may be writing. */

import type { BigIntStats } from 'node:fs'
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { PolicyError } from './fault.ts'
import { tooLong } from './source.ts'

/** What one look at a path finds: a text, in which file, or why there is none. */
export type Look =
  | { readonly file: string; readonly text: string; readonly failure?: undefined }
  | { readonly failure: PolicyError; readonly file?: undefined; readonly text?: undefined }

/** Looks at a path. Texts are compared with one another, since times of files may have whole seconds. */
export function lookAt(path: string, maxBytes: number): Look {
  try {
    return readFile(path, maxBytes)
  } catch (error) {
    if (error instanceof PolicyError) return { failure: error }
    const code = String((error as NodeJS.ErrnoException).code)
    const message = code === 'ENOENT' ? 'is missing, which never means that everybody may call' : undefined
    return { failure: failure(message ?? `cannot be read (${code})`, error) }
  }
}

/** Whether two looks find the same. */
export function isSame(one: Look, other: Look): boolean {
  return one.file === other.file && one.text === other.text && one.failure?.message === other.failure?.message
}

/** One handle for all of it, so that what is read is what was measured; a pipe is not waited for. */
function readFile(path: string, maxBytes: number): Look {
  const handle = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  try {
    const before = fstatSync(handle, { bigint: true })
    if (!before.isFile()) throw failure('is no file')
    if (before.size > BigInt(maxBytes)) throw failure(tooLong(maxBytes))
    const bytes = readFileSync(handle)
    if (stampOf(fstatSync(handle, { bigint: true })) !== stampOf(before))
      throw failure('was being written while it was read')
    return { file: `${before.dev}:${before.ino}`, text: decode(bytes) }
  } finally {
    closeSync(handle)
  }
}

function stampOf({ size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [size, mtimeNs, ctimeNs].join(':')
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw failure('is no UTF-8')
  }
}

function failure(message: string, cause?: unknown): PolicyError {
  return new PolicyError([{ path: '', message }], undefined, { cause })
}
