// The lock of the folder in which the example keeps PGlite, between real processes.

import type { ChildProcess } from 'node:child_process'
import { fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, expect, test } from 'vitest'
import { lockFolder } from '../../examples/publish-service/src/folder-lock.ts'

const root = mkdtempSync(join(tmpdir(), 'folder-lock-'))
const started: ChildProcess[] = []
afterAll(async () => {
  for (const each of started) await kill(each)
  rmSync(root, { recursive: true, force: true })
})

// Built once, since many processes start.
const script = join(root, 'folder-locker.mjs')
await build({
  entryPoints: [fileURLToPath(new URL('folder-locker.ts', import.meta.url))],
  outfile: script,
  bundle: true,
  platform: 'node',
  format: 'esm',
})

async function start(options: { readonly execPath?: string; readonly execArgv?: string[] } = {}) {
  const child = fork(script, options)
  started.push(child)
  await once(child, 'message')
  return child
}
async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}
async function ask(child: ChildProcess, folder: string): Promise<string> {
  const answer = once(child, 'message')
  child.send(folder)
  return String((await answer)[0])
}
const refused = (folder: string): string => `${folder} is in use by another process: DATA_DIR is for one process`

test('of four processes that start at once one gets the folder, in each of thirty rounds, after each was killed', async () => {
  const folder = join(root, 'raced')
  let starters: readonly ChildProcess[] = await Promise.all([start(), start(), start(), start()])
  for (let round = 0; round < 30; round++) {
    const answers = await Promise.all(starters.map((each) => ask(each, folder)))
    expect([round, answers.toSorted()]).toEqual([round, [...Array(3).fill(refused(folder)), 'locked']])
    const holder = starters[answers.indexOf('locked')] as ChildProcess
    await kill(holder)
    starters = [...starters.filter((each) => each !== holder), await start()]
  }
})

test('a folder is locked within one process, until it is unlocked', () => {
  const folder = join(root, 'own')
  const unlock = lockFolder(folder)
  expect(() => lockFolder(folder)).toThrow(refused(folder))
  unlock()
  const again = lockFolder(folder)
  // A second call does not end the lock of another owner.
  unlock()
  expect(() => lockFolder(folder)).toThrow(refused(folder))
  again()
})

// Containers count their processes from 1.
const namespace = ['--pid', '--fork', '--kill-child']
const isContained = spawnSync('unshare', [...namespace, 'true']).status === 0
if (!isContained) process.stdout.write('unshare is not allowed on this machine: what needs it is skipped\n')

test.runIf(isContained)('of two containers with one folder, one gets it, until its process is killed', async () => {
  const folder = join(root, 'shared')
  const [first, second] = [await contained(), await contained()]
  expect([await ask(first, folder), await ask(second, folder)]).toEqual(['locked', refused(folder)])
  await kill(first)
  await expect.poll(() => ask(second, folder)).toBe('locked')
})

/** A process with an id of its own namespace. */
async function contained(): Promise<ChildProcess> {
  return start({ execPath: 'unshare', execArgv: [...namespace, process.execPath] })
}
