/**
 * What the runner reads: workflow commands on standard output, and files that it names in
 * variables.
 *
 * `@actions/core` does the same, and brings an HTTP client that makes a bundle twenty times as
 * large: people review the bundle that they pin.
 *
 * Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 */

import { randomUUID } from 'node:crypto'
import { appendFile } from 'node:fs/promises'
import { EOL } from 'node:os'

/** Environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The outputs of the action. */
export const outputNames = ['token', 'expires-at', 'file', 'skipped'] as const

/** What `post` needs to know of `main`. */
export type StateName = 'folder' | 'token' | 'revocation-url'

type Command = 'add-mask' | 'error' | 'notice' | 'warning'
type CommandFile = 'GITHUB_ENV' | 'GITHUB_OUTPUT' | 'GITHUB_STATE'

/** Text that cannot end its command and begin another one. */
const escape = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')

/** Writes a line to the log. */
export function print(line: string): void {
  process.stdout.write(`${line}${EOL}`)
}

/** Gives the runner a command. */
export function command(name: Command, text: string): void {
  print(`::${name}::${escape(text)}`)
}

/** Ends the step as failed, with an annotation that says why. */
export function fail(error: unknown): void {
  command('error', error instanceof Error ? error.message : 'The action failed.')
  process.exitCode = 1
}

/** Sets an output of the step. */
export function setOutput(env: Environment, name: (typeof outputNames)[number], value: string): Promise<void> {
  return append(env, 'GITHUB_OUTPUT', name, value)
}

/** Sets an environment variable of all further steps. */
export function setVariable(env: Environment, name: string, value: string): Promise<void> {
  return append(env, 'GITHUB_ENV', name, value)
}

/** Keeps a value for `post`. */
export function saveState(env: Environment, name: StateName, value: string): Promise<void> {
  return append(env, 'GITHUB_STATE', name, value)
}

/** A value that `main` kept; empty if it kept none. */
export function readState(env: Environment, name: StateName): string {
  return env[`STATE_${name}`] ?? ''
}

async function append(env: Environment, file: CommandFile, name: string, value: string): Promise<void> {
  const path = env[file]
  if (path === undefined || path === '') throw new Error(`The runner did not set ${file}.`)
  // A value cannot contain the delimiter, since nobody can guess it.
  const delimiter = `ghadelimiter_${randomUUID()}`
  await appendFile(path, [`${name}<<${delimiter}`, value, delimiter, ''].join(EOL))
}
