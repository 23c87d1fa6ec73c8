// The repository root contains only intended files: profiles and logs of tools have been committed
// by mistake.

import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

const folders = [
  '.changeset',
  '.ci',
  '.github',
  'action',
  'bench',
  'ci',
  'config',
  'docs',
  'examples',
  'packages',
  'scripts',
  'site',
  'test',
]
const files = [
  '.editorconfig',
  '.gitattributes',
  '.gitignore',
  '.nvmrc',
  '.oxlintrc.json',
  'CONTRIBUTING.md',
  'LICENSE',
  'README.md',
  'SECURITY.md',
  'package.json',
  'pnpm-lock.yaml',
  'pnpm-workspace.yaml',
  'tsconfig.json',
  'vitest.config.ts',
]

const git = (...args: readonly string[]): readonly string[] =>
  execFileSync('git', ['-C', root, ...args], { encoding: 'utf8' })
    .split('\0')
    .filter((name) => name !== '')

/** Names at the root that git does not ignore; all names without git. */
function namesAtRoot(): readonly string[] {
  try {
    const names = git('ls-files', '-z', '--cached', '--others', '--exclude-standard')
    return [...new Set(names.map((name) => name.split('/')[0] ?? ''))].filter((name) =>
      readdirSync(root).includes(name),
    )
  } catch {
    const ignored = new Set(['.git', '.ci-report.json', '.stryker-tmp', 'node_modules', 'tarballs'])
    return readdirSync(root).filter((name) => !ignored.has(name) && !/\.(?:tgz|tsbuildinfo)$/.test(name))
  }
}

test('the root contains no file that is not listed here', () => {
  expect(namesAtRoot().filter((name) => ![...folders, ...files].includes(name))).toEqual([])
})

test('every file listed here is at the root', () => {
  expect([...folders, ...files].filter((name) => !readdirSync(root).includes(name))).toEqual([])
})

const manifest = (folder: string): Readonly<Record<string, unknown>> =>
  JSON.parse(readFileSync(`${root}/${folder}/package.json`, 'utf8')) as Readonly<Record<string, unknown>>

test.each(readdirSync(`${root}/packages`))('the manifest of %s names source, homepage, issues and author', (name) => {
  const { repository, homepage, bugs, author } = manifest(`packages/${name}`)
  const source = 'https://github.com/jobpass/jobpass'
  expect({ repository, homepage, bugs, author }).toEqual({
    repository: { type: 'git', url: `git+${source}.git`, directory: `packages/${name}` },
    homepage: `${source}/tree/main/packages/${name}#readme`,
    bugs: `${source}/issues`,
    author: 'The jobpass authors',
  })
})

test('version managers and CI use the oldest Node that packages accept', () => {
  const oldest = readFileSync(`${root}/.nvmrc`, 'utf8').trim()
  const engines = readdirSync(`${root}/packages`).map((name) => manifest(`packages/${name}`)['engines'])
  expect(new Set(engines.map((given) => JSON.stringify(given)))).toEqual(new Set([`{"node":">=${oldest}"}`]))
  expect(readFileSync(`${root}/.github/workflows/ci.yml`, 'utf8')).toContain('node-version-file: .nvmrc')
})

test('changesets write a changelog for every published package, all with one version', () => {
  const config = JSON.parse(readFileSync(`${root}/.changeset/config.json`, 'utf8')) as Readonly<Record<string, unknown>>
  const { fixed, privatePackages } = config
  expect({ fixed, privatePackages }).toEqual({
    fixed: [['@jobpass/*', 'jobpass']],
    privatePackages: { version: false, tag: false },
  })
  expect(readdirSync(`${root}/packages`).map((name) => manifest(`packages/${name}`)['private'])).toEqual(
    readdirSync(`${root}/packages`).map(() => undefined),
  )
})
