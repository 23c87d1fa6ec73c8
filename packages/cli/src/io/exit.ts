/** The exit codes of all commands, and the error that ends a command with one. */

/** The exit codes of all commands. */
export const exitCodes = {
  /** The command found what it was asked for: allowed and verified, no finding, no difference. */
  ok: 0,
  /** The answer is no: refused, findings, a failed case, access that was gained or lost. */
  no: 1,
  /** It would be allowed, but the answer leans on something that is not verified. */
  unverified: 2,
  /** The command cannot run as it was written: an unknown flag, a missing file, a bad document. */
  usage: 3,
  /** Something could not be reached. */
  outage: 4,
} as const

/** The reader of standard output went away, as with `| head`: 128 and SIGPIPE, as shells count. */
export const closedPipe = 141

/** An error that ends a command, with a message for people. */
export class CommandError extends Error {
  /** The name of the class. */
  override readonly name = 'CommandError'
  /** The code that the process ends with. */
  readonly exitCode: number

  constructor(message: string, exitCode: number = exitCodes.usage) {
    super(message)
    this.exitCode = exitCode
  }
}
