/** Reads files and standard input, up to a limit. */

import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { escapeForLog } from '@jobpass/core/internal'
import type { Context } from '../context.ts'
import { CommandError } from './exit.ts'

/** How to read standard input. */
interface InputOptions {
  /** What is read, for messages: `the token`. */
  readonly what: string
  /** Maximum size in bytes. */
  readonly maxBytes: number
  /** Stops at the end of the first line that has text. Default: reads to the end. */
  readonly oneLine?: boolean
}

/** Seconds until standard input that is silent is mentioned, and until it is given up. */
const patience = { mention: 1, giveUp: 60 } as const

/** Reads a file, or standard input for the path `-`. */
export async function readInput(context: Context, path: string, options: InputOptions): Promise<string> {
  return path === '-' ? readStdin(context, options) : readFile(context, path, options.maxBytes)
}

/** Reads a file of at most `maxBytes`. */
export async function readFile({ cwd }: Pick<Context, 'cwd'>, path: string, maxBytes: number): Promise<string> {
  let file
  try {
    file = await open(resolve(cwd, path))
    // One byte more than allowed shows that there is more; a FIFO or device has no size to ask for.
    const bytes = Buffer.alloc(maxBytes + 1)
    let length = 0
    for (;;) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length)
      length += bytesRead
      if (bytesRead === 0 || length > maxBytes) break
    }
    return decode(bytes.subarray(0, length), path, maxBytes)
  } catch (error) {
    if (error instanceof CommandError) throw error
    const { code } = error as NodeJS.ErrnoException
    throw new CommandError(`${escapeForLog(path)}: ${reasons[code ?? ''] ?? `cannot be read (${code})`}`)
  } finally {
    await file?.close()
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'this user may not read it',
  EISDIR: 'is a folder, not a file',
  ENOTDIR: 'there is no such file',
}

/** Reads standard input, and says so where nothing arrives. */
export async function readStdin(context: Context, options: InputOptions): Promise<string> {
  const { what, maxBytes, oneLine = false } = options
  const remind = (seconds: number): void =>
    void context.process.stderr.write(
      context.stdin.isTTY === true
        ? `Reading ${what} from the terminal: paste it, then press ${oneLine ? 'Enter' : 'Ctrl-D'}.\n`
        : `Still waiting for ${what} on standard input, after ${seconds} s without its end.\n`,
    )
  if (context.stdin.isTTY === true) remind(0)
  const timer = setTimeout(remind, patience.mention * 1000, patience.mention)
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of endingIn(context.stdin, patience.giveUp, what)) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
      chunks.push(bytes)
      length += bytes.length
      if (length > maxBytes) break
      if (oneLine && /\S[^\n]*\n/.test(Buffer.from(bytes).toString('latin1'))) break
    }
  } finally {
    clearTimeout(timer)
  }
  const text = decode(Buffer.concat(chunks), 'standard input', maxBytes)
  return oneLine ? (text.trimStart().split('\n', 1)[0] ?? '') : text
}

/** Ends with an error where the input has not ended after so many seconds. */
async function* endingIn<T>(input: AsyncIterable<T>, seconds: number, what: string): AsyncGenerator<T> {
  const iterator = input[Symbol.asyncIterator]()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const message = `standard input did not end within ${seconds} s: send ${what}, and close it`
    timer = setTimeout(() => reject(new CommandError(message)), seconds * 1000)
  })
  try {
    for (;;) {
      const { done, value } = await Promise.race([iterator.next(), late])
      if (done === true) return
      yield value
    }
  } finally {
    clearTimeout(timer)
    late.catch(() => {})
    // Not awaited: a stream that is silent would never answer.
    void iterator.return?.()
  }
}

function decode(bytes: Uint8Array, name: string, maxBytes: number): string {
  if (bytes.length > maxBytes)
    throw new CommandError(`${escapeForLog(name)}: is longer than ${maxBytes.toLocaleString('en')} bytes`)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new CommandError(`${escapeForLog(name)}: is not UTF-8 text`)
  }
}
