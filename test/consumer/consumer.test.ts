import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const here = dirname(fileURLToPath(import.meta.url))
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')

function compile(project: string): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, [tsc, '-p', join(here, project)], (_, stdout, stderr) => resolve(stdout + stderr))
  })
}

// Without exactOptionalPropertyTypes a provider has nearly the shape of a resolver: only a line of its own in the types keeps it out.
it.each([
  ['NodeNext', 'tsconfig.json'],
  ['Bundler', 'tsconfig.bundler.json'],
])(
  'lesson M2: a project without our stricter settings compiles, and its mistakes do not (%s)',
  async (_, project) => {
    expect(await compile(project)).toBe('')
  },
  60_000,
)
