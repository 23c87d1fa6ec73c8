// The READMEs are correct: their programs compile, and the error table matches the code.

import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { errorCodes } from '@jobpass/core'
import { afterAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const readme = readFileSync(`${root}README.md`, 'utf8')
const folder = `${root}test/.readme`

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('every program in the READMEs compiles', () => {
  const packages = readdirSync(`${root}packages`).map((name) => `packages/${name}/README.md`)
  const docs = readdirSync(`${root}docs`, { recursive: true, encoding: 'utf8' })
  // The examples of the reference are comments in the sources, where imports go without saying.
  const written = docs.filter((name) => name.endsWith('.md') && !name.startsWith('reference/'))
  const pages = ['README.md', ...packages, ...written.map((name) => `docs/${name}`)]
  const text = pages.map((page) => readFileSync(root + page, 'utf8')).join('\n')
  // Programs that a job runs are for its platform.
  const all = Array.from(text.matchAll(/```ts\n(.*?)```/gs), ([, program]) => program ?? '')
  const programs = all.filter((program) => program.includes("from '@jobpass/"))
  expect(programs.length).toBeGreaterThanOrEqual(30)
  mkdirSync(folder, { recursive: true })
  programs.forEach((program, index) => writeFileSync(`${folder}/program-${index}.ts`, program))
  writeFileSync(
    `${folder}/tsconfig.json`,
    JSON.stringify({
      extends: '../../tsconfig.json',
      compilerOptions: { noUnusedLocals: false },
      include: ['*.ts'],
    }),
  )
  const tsc = `${root}node_modules/typescript/bin/tsc`
  expect(spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' }).stdout).toBe('')
})

test('the README of a package stands alone: it says how to install it, and links to nothing outside', () => {
  for (const name of readdirSync(`${root}packages`)) {
    const text = readFileSync(`${root}packages/${name}/README.md`, 'utf8')
    expect(text).toMatch(new RegExp(`^npm install (?:--save-dev )?@jobpass/${name}\\b`, 'm'))
    expect(
      Array.from(text.matchAll(/\]\(([^)]+)\)/g), ([, link = '']) => link).filter(
        (link) => !/^(?:https:|#)/.test(link),
      ),
    ).toEqual([])
  }
})

test('the error table lists every code with its status and meaning', () => {
  const rows = Object.entries(errorCodes).map(([code, { status, detail }]) => `| ${status} | \`${code}\` | ${detail} |`)
  const table = readme.split('\n').filter((line) => /^\| \d{3} +\| /.test(line))
  expect(table.map((line) => line.replace(/ +\|/g, ' |'))).toEqual(rows)
})
