/** What a command may use of the world around it. Tests replace it. */

import type { CommandContext } from '@stricli/core'

/** A stream that a command writes to. */
export interface Output {
  /** Writes text. */
  readonly write: (text: string) => unknown
  /** Whether it is a terminal. */
  readonly isTTY?: boolean
  /** The width of the terminal. */
  readonly columns?: number
}

/** What a command may use of the world around it. */
export interface Context extends CommandContext {
  /** The process: where results and remarks go, and the exit code. */
  readonly process: {
    /** For results. */
    readonly stdout: Output
    /** For progress and errors. */
    readonly stderr: Output
    /** The environment variables. */
    readonly env: Readonly<Record<string, string | undefined>>
    /** The code that the process ends with. */
    exitCode?: number | string | null
  }
  /** Standard input. */
  readonly stdin: AsyncIterable<Uint8Array | string> & { readonly isTTY?: boolean }
  /** The folder that paths are relative to. */
  readonly cwd: string
  /** For commands that may use the network. */
  readonly fetch: typeof fetch
  /** Milliseconds since 1970. */
  readonly now: () => number
}
