/** A command of the program that runs until it is stopped. */

import { spawn } from 'node:child_process'
import type { Program } from './program.ts'

/** A command that runs. */
export interface Running {
  /** Standard output up to now. */
  readonly out: string
  /** Stops it by a signal, and resolves to its exit code. */
  stop(signal: 'SIGINT' | 'SIGTERM'): Promise<number | null>
}

/** Starts a command, and resolves once its output has a text. */
export function start({ file, folder }: Program, args: readonly string[], until: string): Promise<Running> {
  const child = spawn(process.execPath, [file, ...args], { cwd: folder, env: { PATH: process.env['PATH'] } })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  let out = ''
  let err = ''
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  return new Promise((resolve, reject) => {
    void ended.then((code) => reject(new Error(`it ended with ${code}: ${err}`)))
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString()
      if (!out.includes(until)) return
      resolve({
        get out() {
          return out
        },
        stop: (signal) => {
          child.kill(signal)
          return ended
        },
      })
    })
  })
}
