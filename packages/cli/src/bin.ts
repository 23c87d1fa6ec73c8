#!/usr/bin/env node
/**
 * The program `jobpass`.
 *
 * @module
 */

import { run } from '@stricli/core'
import { makeApp } from './app.ts'
import type { Context } from './context.ts'
import { closedPipe, exitCodes } from './io/exit.ts'
import { version } from './version.ts'

// The reader of a pipe may leave early. What it did not read cannot be called a success.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit(closedPipe)
  })
}

const state: Context['process'] = { stdout: process.stdout, stderr: process.stderr, env: process.env, exitCode: null }
await run(makeApp(version), process.argv.slice(2), {
  process: state,
  stdin: process.stdin,
  cwd: process.cwd(),
  fetch,
  now: Date.now,
})
// The argument parser has negative codes of its own, all of which mean a mistake in the command.
const code = Number(state.exitCode ?? exitCodes.ok)
process.exitCode = code < 0 ? exitCodes.usage : code
// Standard input that is still open would keep the process alive.
process.stdin.destroy()
