/** The pages that people read, and the code blocks in them. */

import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const root: string = fileURLToPath(new URL('../..', import.meta.url))

/** A fenced block of code. */
export interface Block {
  /** Path of the page from the root, and the line of the fence: `docs/rules.md:9`. */
  readonly place: string
  /** The word after the fence; empty for none. */
  readonly language: string
  /** What is between the fences. */
  readonly code: string
}

/** Paths of all pages from the root. The reference is generated from docstrings, and not a page. */
export const pages: readonly string[] = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...pagesBelow('docs').filter((page) => !page.startsWith('docs/reference/')),
  ...readdirSync(`${root}packages`).map((name) => `packages/${name}/README.md`),
  'action/README.md',
  'ci/README.md',
  ...readdirSync(`${root}examples`).map((name) => `examples/${name}/README.md`),
]

function pagesBelow(folder: string): readonly string[] {
  const names = readdirSync(root + folder, { recursive: true, encoding: 'utf8' })
  return names.filter((name) => name.endsWith('.md')).map((name) => `${folder}/${name}`)
}

/** The text of a page. */
export const read = (page: string): string => readFileSync(root + page, 'utf8')

/** The code blocks of a page. */
export function blocksOf(page: string): readonly Block[] {
  const text = read(page)
  return Array.from(
    text.matchAll(/^( *)```(\w*)[^\n]*\n(.*?)^\1```$/gms),
    ({ index, 2: language = '', 3: code = '' }) => ({
      place: `${page}:${text.slice(0, index).split('\n').length}`,
      language,
      code,
    }),
  )
}

/** All code blocks. */
export const blocks: readonly Block[] = pages.flatMap(blocksOf)

/** The programs for an API. The others are for the job's side, on its platform. */
export const programs: readonly Block[] = blocks.filter(
  ({ language, code }) => language === 'ts' && code.includes("from '@jobpass/"),
)
