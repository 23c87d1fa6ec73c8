// Comments and pages are in plain English, wrapped at 100 columns, and use the present names.

import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { withoutParts } from './generated-parts.ts'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const width = 100
const avoided = /\b(?:told|tells|anew|whoever)\b/i
const formerNames = /\b(?:Maybe|toolkit|exchangedOnly|keyPolicy)\b/
const outOfScope =
  /(?:^|\/)(?:node_modules|dist|\.[^/]*\.tmp)\/|^docs\/reference\/|^bench\/RESULTS\.md$|CHANGELOG|LICENSE/

interface Line {
  readonly file: string
  readonly number: number
  readonly text: string
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(`${root}/${folder}`, { withFileTypes: true }).flatMap((entry) => {
    if (['node_modules', 'dist', '.git', '.stryker-tmp'].includes(entry.name)) return []
    const file = folder === '' ? entry.name : `${folder}/${entry.name}`
    return entry.isDirectory() ? filesBelow(file) : [file]
  })
}

/** Every tracked file; every file, where there is no git. */
function trackedFiles(): readonly string[] {
  try {
    return execFileSync('git', ['-C', root, 'ls-files', '-z'], { encoding: 'utf8' }).split('\0')
  } catch {
    return filesBelow('')
  }
}

const linesOf = (file: string, text: string): readonly Line[] =>
  text.split('\n').map((line, index) => ({ file, number: index + 1, text: line }))

/** The lines that are written by hand. */
const read = (file: string): readonly Line[] => linesOf(file, withoutParts(readFileSync(`${root}/${file}`, 'utf8')))

/** The lines of a page that an author can wrap: neither code nor rows of a table. */
function proseOf(page: readonly Line[]): readonly Line[] {
  let fence: string | undefined
  return page.filter(({ text }) => {
    const [, mark] = /^\s*(?:[-*] |\d+\. )?(`{3,}|~{3,})/.exec(text) ?? []
    if (fence === undefined && mark !== undefined) fence = mark
    else if (fence !== undefined) {
      if (mark === fence) fence = undefined
      return false
    }
    return mark === undefined && !/^\s*\|/.test(text)
  })
}

/** The lines that are nothing but a comment. Directives of the linter cannot be wrapped. */
const commentsOf = (code: readonly Line[]): readonly Line[] =>
  code.filter(({ text }) => /^\s*(?:\/\/|\/\*|\*(?:[\s/]|$))/.test(text) && !text.includes('oxlint-disable'))

/** Long lines. A URL takes no room, since it cannot be wrapped. */
const tooLong = (lines: readonly Line[]): readonly Line[] =>
  lines.filter(({ text }) => Array.from(text.replaceAll(/https?:\/\/[^\s)>'"`]+/g, '')).length > width)

const places = (lines: readonly Line[]): readonly string[] =>
  lines.map(({ file, number, text }) => `${file}:${number}: ${text.trim()}`)

// This file has to spell the words that it looks for.
const files = trackedFiles().filter((file) => !outOfScope.test(file) && file !== 'test/prose.test.ts')
const pages = files.filter((file) => file.endsWith('.md')).map(read)
const code = files.filter((file) => /\.(?:ts|mjs)$/.test(file)).map(read)

test('no comment, message, test name or page uses a word that this project avoids', () => {
  expect(places([...pages, ...code].flat().filter(({ text }) => avoided.test(text)))).toEqual([])
})

test('prose in markdown is wrapped at 100 columns', () => {
  // Each paragraph of a generated page is one line of its generator.
  const written = pages.filter((page) => !page.some(({ text }) => text.startsWith('<!-- Made by a test')))
  expect(places(tooLong(written.flatMap(proseOf)))).toEqual([])
})

test('comments in code are wrapped at 100 columns', () => {
  expect(places(tooLong(code.flatMap(commentsOf)))).toEqual([])
})

test('no page uses a name that was replaced', () => {
  expect(places(pages.flat().filter(({ text }) => formerNames.test(text)))).toEqual([])
})

test('the checks find long prose and long comments, and skip code, tables and URLs', () => {
  const long = 'x '.repeat(51).trim()
  const page = linesOf(
    'page.md',
    ['```ts', long, '```', `| ${long} |`, `- ${long}`, `https://${'x'.repeat(99)}`].join('\n'),
  )
  expect(places(tooLong(proseOf(page)))).toEqual([`page.md:5: - ${long}`])
  const program = linesOf('a.ts', [`const text = '${long}'`, `// ${long}`, `   * ${long}`, '/** short */'].join('\n'))
  expect(places(tooLong(commentsOf(program)))).toEqual([`a.ts:2: // ${long}`, `a.ts:3: * ${long}`])
})
