/** Reading a file that somebody may be writing. */

import type { BigIntStats } from 'node:fs'
import { readFileSync, statSync } from 'node:fs'
import { PolicyError } from './fault.ts'
import { tooLong } from './source.ts'

/** What tells one state of a file from another: which file the path leads to, its size and its times. */
export function stampOf(file: string): string {
  try {
    return stamp(statSync(file, { bigint: true }))
  } catch (error) {
    return codeOf(error)
  }
}

function stamp({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(':')
}

/** Reads a file in one state. Throws a `PolicyError` when it is missing, changes meanwhile, or is no text of at most so many bytes. */
export function readFile(file: string, maxBytes: number): { readonly text: string; readonly stamp: string } {
  const before = attempt(() => statSync(file, { bigint: true }))
  if (!before.isFile()) throw failure('is no file')
  if (before.size > BigInt(maxBytes)) throw failure(tooLong(maxBytes))
  const bytes = attempt(() => readFileSync(file))
  const after = stamp(before)
  if (stampOf(file) !== after) throw failure('was being written while it was read')
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), stamp: after }
  } catch {
    throw failure('is no UTF-8')
  }
}

function attempt<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    const code = codeOf(error)
    throw failure(
      code === 'ENOENT' ? 'is missing, which never means that everybody may call' : `cannot be read (${code})`,
      error,
    )
  }
}

function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException).code)
}

function failure(message: string, cause?: unknown): PolicyError {
  return new PolicyError([{ path: '', message }], undefined, { cause })
}
