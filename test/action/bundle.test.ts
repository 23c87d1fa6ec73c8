// What a runner runs is what the source gives, and `action.yml` says what the code does.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { inputNames } from '../../action/src/inputs.ts'
import { outputNames } from '../../action/src/runner.ts'
import { home, metadata } from './runner.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'jobpass-bundle-'))
afterAll(() => rmSync(folder, { recursive: true }))
execFileSync(process.execPath, ['scripts/bundle-action.mjs', folder], { cwd: root })

test('the bundle has these files, and no others', () => {
  expect(readdirSync(`${home}bundle`)).toEqual(['main.js', 'post.js'])
  expect(readdirSync(folder)).toEqual(['main.js', 'post.js'])
})

test.each(['main.js', 'post.js'])('%s is what the source gives; npm run build:action rewrites it', (file) => {
  expect(readFileSync(`${home}bundle/${file}`, 'utf8')).toBe(readFileSync(join(folder, file), 'utf8'))
})

test.each(['main.js', 'post.js'])('%s names no folder of the machine that made it', (file) => {
  const text = readFileSync(`${home}bundle/${file}`, 'utf8')
  expect(text).not.toContain(root)
  expect(text).not.toMatch(/sourceMappingURL|\/home\/|\/Users\/|file:\/\//)
})

test('the bundle imports modules of Node only', () => {
  const imports = ['main.js', 'post.js'].flatMap((file) =>
    Array.from(
      readFileSync(`${home}bundle/${file}`, 'utf8').matchAll(/(?:^import .*? from |import\()"([^"]+)"/gm),
      ([, name = '']) => name,
    ),
  )
  expect(imports.filter((name) => !name.startsWith('node:'))).toEqual([])
  expect(imports).toContain('node:fs/promises')
})

test('post is small enough to read before one pins it', () => {
  expect(readFileSync(`${home}bundle/post.js`, 'utf8').split('\n').length).toBeLessThan(100)
})

test('action.yml has the inputs and outputs of the code, and describes each', () => {
  expect(Object.keys(metadata.inputs)).toEqual([...inputNames])
  expect(Object.keys(metadata.outputs)).toEqual([...outputNames])
  for (const { description } of [...Object.values(metadata.inputs), ...Object.values(metadata.outputs)])
    expect(description).toMatch(/^['A-Z].*\.$/)
})

test('action.yml has the keys that GitHub documents, and post runs after a failure, too', () => {
  const documented = new Set(['name', 'author', 'description', 'inputs', 'outputs', 'runs', 'branding'])
  expect(Object.keys(metadata).filter((key) => !documented.has(key))).toEqual([])
  expect(metadata.runs).toEqual({
    using: 'node24',
    main: 'bundle/main.js',
    post: 'bundle/post.js',
    'post-if': 'always()',
  })
  expect(metadata.branding).toEqual({ icon: 'key', color: 'blue' })
  for (const input of Object.values(metadata.inputs))
    expect(Object.keys(input).filter((key) => !['description', 'required', 'default'].includes(key))).toEqual([])
})

test('the README has a row for each input and output', () => {
  const rows = Array.from(readFileSync(`${home}README.md`, 'utf8').matchAll(/^\| `([^`]+)` +\|/gm), ([, name]) => name)
  expect(rows).toEqual([...inputNames, ...outputNames])
})
