import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../', import.meta.url))
const page = readFileSync(`${root}docs/security/lessons-and-attacks.md`, 'utf8')
const [attacks = '', lessons = ''] = page.split('\n## Lessons\n')

/** The tests that the page refers to, and all their text. */
const tests = ['packages/core/src', 'packages/exchange/src']
  .flatMap((folder) =>
    readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`),
  )
  .concat('test/attacks.test.ts', 'test/packaging/types.test.ts')
  .filter((file) => file.endsWith('.test.ts'))
const text = tests.map((file) => readFileSync(root + file, 'utf8')).join('\n')

const idsOn = (part: string): string[] => Array.from(part.matchAll(/^\| ([A-M]\d+) +\|/gm), ([, id = '']) => id)
const idsIn = (kind: string): string[] =>
  Array.from(text.matchAll(new RegExp(`${kind} ([A-M]\\d+)`, 'gi')), ([, id = '']) => id)

test.each([
  ['attack', attacks],
  ['lesson', lessons],
])('the page has exactly the %s ids that tests are named for', (kind, part) => {
  expect(idsOn(part).length).toBeGreaterThan(20)
  expect(new Set(idsOn(part)).size).toBe(idsOn(part).length)
  expect(new Set(idsOn(part))).toEqual(new Set(idsIn(kind)))
})

test('every file that the page names exists', () => {
  const named = Array.from(page.matchAll(/`([\w-]+\.test(?:-d)?\.ts)`/g), ([, name = '']) => name)
  const files = new Set([...tests, 'packages/core/src/types.test-d.ts'].map((file) => basename(file)))
  expect(named.filter((name) => !files.has(name))).toEqual([])
})
