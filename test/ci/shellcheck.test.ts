// Every script of the pieces and of their pages passes shellcheck.

import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { blocksOf } from '../documentation/pages.ts'
import { documentsOf, root } from './platform.ts'

const installed = ((): boolean => {
  try {
    execFileSync('shellcheck', ['--version'])
    return true
  } catch {
    process.stdout.write('shellcheck is not on this machine: what needs it is skipped\n')
    return false
  }
})()

/** The scripts in a file, by the keys under which platforms have them. */
function scriptsIn(value: unknown, key = ''): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((each) => scriptsIn(each, key))
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([name, inner]) => scriptsIn(inner, name))
  return typeof value === 'string' && ['bash', 'command', 'run', 'script'].includes(key) ? [value] : []
}

const hook = 'ci/buildkite/jobpass-buildkite-plugin/hooks/environment'
const files = ['ci/circleci/orb.yml', 'ci/azure/jobpass-token.yml', 'ci/bitbucket/bitbucket-pipelines.yml']
const scripts: readonly (readonly [place: string, script: string])[] = [
  [hook, readFileSync(root + hook, 'utf8')],
  ...files.flatMap((file) =>
    documentsOf(file)
      .flatMap((each) => scriptsIn(each))
      .map((script) => [file, script] as const),
  ),
  ...['action/README.md', 'ci/README.md'].flatMap((page) =>
    blocksOf(page)
      .filter(({ language }) => language === 'yaml')
      .flatMap(({ place, code }) =>
        parseAllDocuments(code)
          .flatMap((each) => scriptsIn(each.toJS()))
          .map((script) => [place, script] as const),
      ),
  ),
]

test('the scripts are found: one of each file at least', () => {
  const places = new Set(scripts.map(([place]) => place.replace(/:\d+$/, '')))
  expect([...places].toSorted()).toEqual([...files, hook, 'action/README.md', 'ci/README.md'].toSorted())
})

test.skipIf(!installed).each(scripts)('the script in %s passes shellcheck', (_, script) => {
  // Variables of the platform are set outside of a script.
  const { stdout } = spawnSync('shellcheck', ['--shell=bash', '--exclude=SC2154', '-'], {
    input: script,
    encoding: 'utf8',
  })
  expect(stdout).toBe('')
})

test('a script that handles a token stops at a failure, and shows why a server refused', () => {
  for (const [place, script] of scripts.filter(([where]) => !where.endsWith('.md') && !/\.md:/.test(where))) {
    expect([place, script.includes('set -euo pipefail')]).toEqual([place, true])
    for (const line of script.split('\n').filter((each) => /\bcurl -/.test(each)))
      expect(line).toContain('--fail-with-body')
  }
})
