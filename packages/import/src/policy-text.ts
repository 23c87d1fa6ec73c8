/** Writes an imported policy as text. */

import { escapeForLog } from '@jobpass/core/internal'
import { stringify } from 'yaml'
import type { Imported, ImportFinding } from './model.ts'

const width = 96

/**
 * Writes the document as YAML, with the findings as comments. The text ends with the line `...`,
 * which says that it is complete.
 *
 * @throws {TypeError} where nothing was translated, so that there is no document.
 */
export function policyText({ policy, audiences, findings }: Imported): string {
  if (policy === undefined) throw new TypeError('policyText(): nothing was translated; the findings say why')
  const comments = [
    ...(audiences.length === 0 ? [] : [`The original accepts the audience ${audiences.join(' or ')}.`, '']),
    ...findings.flatMap((finding) => [...describe(finding), '']),
  ]
  const head = comments.map((line) => `# ${line}`.trimEnd()).join('\n')
  return `${head}${head === '' ? '' : '\n'}${stringify(policy, { lineWidth: 0, defaultStringType: 'PLAIN' })}...\n`
}

function describe({ level, where, message, fix, example }: ImportFinding): readonly string[] {
  const shown = example && Object.keys(example).length > 0 ? [`Example: ${JSON.stringify(example, undefined, 1)}`] : []
  return [`${level} ${where}: ${message} ${fix}`, ...shown].flatMap((text) =>
    wrapped(escapeForLog(text.replaceAll(/\s+/g, ' '))),
  )
}

/** Lines of words. */
function wrapped(text: string): readonly string[] {
  const lines: string[] = ['']
  for (const word of text.split(' ').flatMap((each) => each.match(/.{1,96}/gu) ?? [])) {
    const line = lines.at(-1) as string
    if (line !== '' && line.length + word.length >= width) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return lines
}
