/**
 * How a job gets a token, by platform: the first code of "What the job does" on the platform's
 * page. Read at build time, so that the page contains these lines only.
 */

import { basename } from 'node:path'
import { readFileSync } from 'node:fs'

/** A snippet and its language. */
export interface JobSnippet {
  readonly language: string
  readonly code: string
}

/** The snippets by provider id. */
export type JobSnippets = Readonly<Record<string, JobSnippet>>

declare const data: JobSnippets
export { data }

export default {
  watch: ['../../docs/providers/*.md'],
  load: (files: readonly string[]): JobSnippets =>
    Object.fromEntries(
      files.flatMap((file) => {
        const snippet = snippetOf(readFileSync(file, 'utf8'))
        return snippet === undefined ? [] : [[basename(file, '.md'), snippet] as const]
      }),
    ),
}

function snippetOf(page: string): JobSnippet | undefined {
  const [, language, code] = /^## What the job does\n[^]*?^```(\w+)\n([^]*?)\n```$/m.exec(page) ?? []
  return language === undefined || code === undefined ? undefined : { language, code }
}
