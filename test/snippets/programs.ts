/** Programs that the tests of snippets need, and that a machine may lack. */

import { spawnSync } from 'node:child_process'

/** Whether a program is missing; says so, since its tests are then skipped. */
export function lacks(program: string): boolean {
  const isMissing = spawnSync(program, ['--version']).error !== undefined
  if (isMissing) process.stdout.write(`${program} is not installed: the tests that need it are skipped\n`)
  return isMissing
}

/** What shellcheck finds in a script. */
export function findingsIn(script: string, dialect: 'bash' | 'sh'): string {
  return spawnSync('shellcheck', ['--shell', dialect, '-'], { input: script, encoding: 'utf8' }).stdout
}
