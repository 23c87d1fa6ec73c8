/** What language models read: the source of each page beside it, and `llms.txt` as their index. */

import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { groups, linkOf, pagesOf, titleOf } from './sidebar.ts'

/** What `writeMarkdown` needs to know of the site. */
interface Site {
  /** The folder of the pages. */
  readonly docs: string
  /** The pages that were built, relative to `docs`. */
  readonly pages: readonly string[]
  /** The folder of the built site. */
  readonly outDir: string
  /** The address of the site, which ends in a slash. */
  readonly address: string
  /** The sentence at the head of `llms.txt`. */
  readonly description: string
}

/** Copies the Markdown of each page to the site, and writes `llms.txt` (https://llmstxt.org). */
export function writeMarkdown({ docs, pages, outDir, address, description }: Site): void {
  for (const page of pages)
    writeFileSync(join(outDir, page.replace(/README\.md$/, 'index.md')), textOf(join(docs, page)))
  const sections = groups.map(({ text, pages: listed }) => {
    const links = listed.flatMap((page) => pagesOf(docs, page)).map((page) => linkTo(docs, page, address))
    return `## ${text}\n\n${links.join('\n')}\n`
  })
  writeFileSync(join(outDir, 'llms.txt'), [`# jobpass\n\n> ${description}\n`, ...sections].join('\n'))
}

/** The text of a page, with the files that it includes. */
function textOf(file: string): string {
  return readFileSync(file, 'utf8').replaceAll(
    /<!--@include: (\S+?)\{(\d+),\}-->/g,
    (_, included: string, line: string) => {
      const lines = readFileSync(join(dirname(file), included), 'utf8').split('\n')
      return lines
        .slice(Number(line) - 1)
        .join('\n')
        .trim()
    },
  )
}

function linkTo(docs: string, page: string, address: string): string {
  return `- [${titleOf(docs, page)}](${address}${linkOf(page)
    .slice(1)
    .replace(/(^|\/)$/, '$1index')}.md)`
}
