// The READMEs are what a newcomer needs, and the tables match the code.

import { readdirSync } from 'node:fs'
import { errorCodes } from '@jobpass/core'
import * as core from '@jobpass/core'
import { conformanceCases } from '@jobpass/testing/conformance'
import { expect, test } from 'vitest'
import { read, root } from './pages.ts'

const packages = readdirSync(`${root}packages`)

test('the README has at most 150 lines, and shows how to install before anything else', () => {
  const lines = read('README.md').split('\n')
  expect(lines.length - 1).toBeLessThanOrEqual(150)
  expect(lines.find((line) => line.startsWith('npm '))).toMatch(/^npm install @jobpass\/express express\b/)
  expect(lines.findIndex((line) => line.startsWith('npm '))).toBeLessThan(15)
})

test('the README counts conformance cases and platforms correctly', () => {
  const text = read('README.md')
  const tables = Object.values(core).filter((each) => 'table' in Object(each))
  expect(text).toContain(`${conformanceCases.length} [conformance cases]`)
  expect(text).toContain(`[${tables.length} platforms]`)
  expect(read('docs/index.md')).toContain(
    `GitHub Actions, GitLab CI, CircleCI and ${tables.length - 3} other platforms`,
  )
})

test.each(packages)(
  'the README of %s stands alone: it says how to install it, and links to nothing outside',
  (name) => {
    const text = read(`packages/${name}/README.md`)
    const { name: full } = JSON.parse(read(`packages/${name}/package.json`)) as { readonly name: string }
    expect(text).toMatch(new RegExp(`^npm install (?:--save-dev )?${full}\\b`, 'm'))
    const links = Array.from(text.matchAll(/\]\(([^)]+)\)/g), ([, link = '']) => link)
    expect(links.filter((link) => !/^(?:https:|#)/.test(link))).toEqual([])
  },
)

test('the table of refusals lists every code with its status and meaning', () => {
  const rows = Object.entries(errorCodes).map(([code, { status, detail }]) => `| ${status} | \`${code}\` | ${detail} |`)
  const table = read('docs/refusals.md')
    .split('\n')
    .filter((line) => /^\| \d{3} +\| /.test(line))
  // A page escapes what would be an HTML element.
  expect(table.map((line) => line.replace(/ +\|/g, ' |').replaceAll('\\<', '<'))).toEqual(rows)
})
