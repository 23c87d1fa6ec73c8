/** Runs the program in the process of the test, with a `fetch` and a clock of its own. */

import { makeApp, run } from '@jobpass/cli/internal'
import type { Context } from '@jobpass/cli/internal'
import type { Run } from './program.ts'

/** What the program gets instead of the process. */
export interface World {
  /** The folder. */
  readonly cwd: string
  /** The network. Default: every request fails. */
  readonly fetch?: typeof fetch
  /** Variables. Default: none. */
  readonly env?: Readonly<Record<string, string>>
  /** Standard input, whose chunks are read as they come. Default: nothing. */
  readonly stdin?: AsyncIterable<Uint8Array>
  /** Milliseconds since 1970. Default: the time of this machine. */
  readonly now?: () => number
}

const noNetwork: typeof fetch = async (url) => {
  throw new Error(`nothing may be fetched, but ${String(url)} was`)
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** Runs a command. */
export async function runInProcess(
  args: readonly string[],
  { cwd, fetch = noNetwork, env = {}, stdin, now = Date.now }: World,
): Promise<Run> {
  const written = { out: '', err: '' }
  const process: Context['process'] = {
    stdout: { write: (text) => (written.out += text) },
    stderr: { write: (text) => (written.err += text) },
    env,
    exitCode: null,
  }
  await run(makeApp('0.0.0'), args, { process, stdin: stdin ?? nothing(), cwd, fetch, now })
  return { ...written, code: Number(process.exitCode ?? 0) }
}
