/** A command of the program that runs until it is stopped. */

import { spawn } from 'node:child_process'
import type { Program } from './program.ts'

/** A command that runs. */
export interface Running {
  /** Standard output up to now. */
  readonly out: string
  /** Standard error up to now. */
  readonly err: string
  /** Resolves once standard error has a text. */
  logged(text: string): Promise<void>
  /** Sends a signal that does not stop it. */
  signal(signal: 'SIGHUP'): void
  /** Stops it by a signal, and resolves to its exit code. */
  stop(signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL'): Promise<number | null>
}

/** Starts a command, and resolves once its output has a text. */
export function start({ file, folder }: Program, args: readonly string[], until: string): Promise<Running> {
  const child = spawn(process.execPath, [file, ...args], { cwd: folder, env: { PATH: process.env['PATH'] } })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  let out = ''
  let err = ''
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const logged = (text: string): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!err.includes(text)) return
        child.stderr.off('data', look)
        resolve()
      }
      child.stderr.on('data', look)
      look()
    })
  return new Promise((resolve, reject) => {
    void ended.then((code) => reject(new Error(`it ended with ${code}: ${err}`)))
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString()
      if (!out.includes(until)) return
      resolve({
        get out() {
          return out
        },
        get err() {
          return err
        },
        logged,
        signal: (signal) => void child.kill(signal),
        stop: (signal) => {
          child.kill(signal)
          return ended
        },
      })
    })
  })
}

/** What to type once the terminal shows a text. */
export type Turn = readonly [shown: string, typed: string]

/** Talks to a command in a pseudo-terminal. Resolves to its exit code and all that was shown. */
export function converse(
  { file, folder }: Program,
  args: readonly string[],
  turns: readonly Turn[],
  columns = 80,
): Promise<{ readonly code: number | null; readonly out: string }> {
  const command = [process.execPath, file, ...args].map((each) => `'${each}'`).join(' ')
  const inTerminal = `stty cols ${columns} rows 24; exec ${command}`
  const child = spawn('script', ['--quiet', '--return', '--command', inTerminal, '/dev/null'], {
    cwd: folder,
    env: { PATH: process.env['PATH'], TERM: 'xterm-256color', SHELL: '/bin/sh' },
  })
  let out = ''
  let seen = 0
  const rest = [...turns]
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString()
    const [turn] = rest
    if (turn === undefined || !out.slice(seen).includes(turn[0])) return
    seen = out.length
    rest.shift()
    child.stdin.write(turn[1])
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, out }))
  })
}
