/** Reads a file that may be written at the same time. */

import type { BigIntStats } from 'node:fs'
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { PolicyError } from './fault.ts'
import { tooLong } from './source.ts'

/** Result of reading a path: the text and the identity of the file, or the failure. */
export type Look =
  | { readonly file: string; readonly text: string; readonly failure?: undefined }
  | { readonly failure: PolicyError; readonly file?: undefined; readonly text?: undefined }

/**
 * Reads a path. Texts are compared with each other, because file times may have a resolution of a
 * second.
 */
export function lookAt(path: string, maxBytes: number): Look {
  try {
    return readFile(path, maxBytes)
  } catch (error) {
    if (error instanceof PolicyError) return { failure: error }
    const code = String((error as NodeJS.ErrnoException).code)
    const message = code === 'ENOENT' ? 'is missing, which never means that every job may call' : undefined
    return { failure: failure(message ?? `cannot be read (${code})`, error) }
  }
}

/** Whether two results are the same. */
export function isSame(one: Look, other: Look): boolean {
  return one.file === other.file && one.text === other.text && one.failure?.message === other.failure?.message
}

/**
 * Uses one handle, so that the file whose size was checked is the file that is read; does not block
 * on a pipe.
 */
function readFile(path: string, maxBytes: number): Look {
  const handle = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  try {
    const before = fstatSync(handle, { bigint: true })
    if (!before.isFile()) throw failure('is not a file')
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
    throw failure('is not valid UTF-8')
  }
}

function failure(message: string, cause?: unknown): PolicyError {
  return new PolicyError([{ path: '', message }], undefined, { cause })
}
