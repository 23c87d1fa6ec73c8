// The root holds what is meant to be there: profiles and logs of tools have been committed by mistake.

import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

const folders = ['.changeset', '.ci', '.github', 'bench', 'docs', 'examples', 'packages', 'scripts', 'test']
const files = [
  '.gitignore',
  '.oxlintrc.json',
  '.prettierignore',
  '.prettierrc.json',
  'CONTRIBUTING.md',
  'LICENSE',
  'README.md',
  'SECURITY.md',
  'knip.json',
  'package.json',
  'pnpm-lock.yaml',
  'pnpm-workspace.yaml',
  'stryker.config.json',
  'tsconfig.base.json',
  'tsconfig.check.json',
  'tsconfig.json',
  'vitest.config.ts',
  'vitest.mutation.config.ts',
]

const git = (...args: readonly string[]): readonly string[] =>
  execFileSync('git', ['-C', root, ...args], { encoding: 'utf8' })
    .split('\0')
    .filter((name) => name !== '')

/** Names at the root that git does not ignore; all of them, where there is no git. */
function namesAtRoot(): readonly string[] {
  try {
    const names = git('ls-files', '-z', '--cached', '--others', '--exclude-standard')
    return [...new Set(names.map((name) => name.split('/')[0] ?? ''))].filter((name) =>
      readdirSync(root).includes(name),
    )
  } catch {
    const ignored = new Set(['.git', '.ci-report.json', '.stryker-tmp', 'coverage', 'node_modules', 'tarballs'])
    return readdirSync(root).filter((name) => !ignored.has(name) && !/\.(?:tgz|tsbuildinfo)$/.test(name))
  }
}

test('the root holds no file that is not listed here', () => {
  expect(namesAtRoot().filter((name) => ![...folders, ...files].includes(name))).toEqual([])
})

test('everything that is listed here is at the root', () => {
  expect([...folders, ...files].filter((name) => !readdirSync(root).includes(name))).toEqual([])
})
