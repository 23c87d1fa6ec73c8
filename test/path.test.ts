// How much of this project one request runs through: what a reader follows, and what must be in a
// processor's caches.

import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

test('a repeated token runs through at most 9 files and 30 functions, and a new one through at most 24 files', () => {
  const run = ['--import', 'tsx', '--conditions=@jobpass/source', 'bench/src/path.ts']
  const output = execFileSync(process.execPath, run, { cwd: root, encoding: 'utf8' })
  const counts = Array.from(output.matchAll(/^(.*): (\d+) files, (\d+) functions$/gm), ([, name, ...numbers]) => [
    name,
    ...numbers.map(Number),
  ])
  expect(counts.map(([name]) => name)).toEqual(['the same token again', 'a new token'])
  const [[, filesAgain, functionsAgain], [, filesNew]] = counts as [[string, number, number], [string, number, number]]
  expect([filesAgain <= 9, functionsAgain <= 30, filesNew <= 24], output).toEqual([true, true, true])
})
