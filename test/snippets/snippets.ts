/**
 * The snippet of each platform: the first code of "What the job does" on its page. The site, the
 * README, the guides and the examples use the same commands.
 */

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseAllDocuments } from 'yaml'

export const root: string = fileURLToPath(new URL('../..', import.meta.url))

/** Keys of build files whose values are scripts. */
const scriptKeys = new Set(['run', 'script', 'commands', 'command', 'bash', 'args'])

/** The scripts in a build file that send a token. */
export function scriptsIn(yaml: string): readonly string[] {
  const below = (value: unknown, isScript: boolean): readonly string[] => {
    if (typeof value === 'string') return isScript && value.includes('Authorization') ? [value] : []
    if (typeof value !== 'object' || value === null) return []
    return Object.entries(value).flatMap(([key, inner]) => {
      const inherits = Array.isArray(value) && isScript
      return below(inner, inherits || scriptKeys.has(key))
    })
  }
  return parseAllDocuments(yaml).flatMap((document) => below(document.toJS(), false))
}

/** What a platform does to a script before the shell sees it. */
const unescaped: Readonly<Record<string, (script: string) => string>> = {
  // A pipeline is uploaded with variables filled in, and `$$` for a dollar.
  buildkite: (script) => script.replaceAll('$$', '$'),
  harness: (script) => script.replaceAll(/<\+[^>]*>/g, 'expression'),
  // `$${` is how HCL writes `${`.
  'hcp-terraform': (script) => script.replaceAll('$${', '${'),
}

/** How the script is found in code of each language. */
const extract: Readonly<Record<string, (code: string) => string | undefined>> = {
  sh: (code) => code,
  // On one page, the command is in a comment above the file of the environment.
  yaml: (code) => scriptsIn(code)[0] ?? /^# {3}'(curl .*)'$/m.exec(code)?.[1],
  groovy: (code) => /^ *sh '(.*)'$/m.exec(code)?.[1],
  hcl: (code) => /<<-EOT\n([^]*?)\n *EOT/.exec(code)?.[1]?.trim(),
}

interface Code {
  readonly language: string
  readonly code: string
}

/** The code of a platform's snippet, as it is on the page. */
export function codeOf(id: string): Code {
  const page = readFileSync(`${root}docs/providers/${id}.md`, 'utf8')
  const [, language = '', code = ''] = /^## What the job does\n[^]*?^```(\w+)\n([^]*?)\n```$/m.exec(page) ?? []
  return { language, code }
}

/** The shell script of a platform's snippet; `undefined` for a program in another language. */
export function snippetOf(id: string): string | undefined {
  const { language, code } = codeOf(id)
  const script = extract[language]?.(code)
  return script === undefined ? undefined : (unescaped[id]?.(script) ?? script)
}
