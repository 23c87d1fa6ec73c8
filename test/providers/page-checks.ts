/** What the handwritten text of a provider's page must contain. */

import type { ProviderTable } from '@jobpass/core'
import { withoutParts } from '../generated-parts.ts'

const required = ['A rule to copy', 'What the job does', 'What goes wrong', 'Sources']
const fewestPitfalls = 3
// The languages of build files and shells.
const snippet = /^```(?:yaml|sh|groovy|ts|hcl)\n(?<code>.*?)\n```/s

/** What is wrong with the handwritten text of a page, a sentence each. */
export function problemsOf(page: string, { title, identity }: Pick<ProviderTable, 'title' | 'identity'>): string[] {
  const text = withoutParts(page)
  const sections = sectionsOf(text)
  const present = [...sections.keys()].filter((name) => required.includes(name))
  if (present.join('\n') !== required.join('\n'))
    return [`The sections must be, in this order: ${required.join(', ')}. Found: ${present.join(', ') || 'none'}.`]
  const empty = [...sections].filter(([name, body]) => body === '' && name !== 'A rule to copy')
  const section = (name: string): string => sections.get(name) ?? ''
  return [
    ...(text.startsWith(`# ${title}\n`) ? [] : [`The title must be "# ${title}".`]),
    ...empty.map(([name]) =>
      name === introduction ? 'The introduction is empty.' : `The section "${name}" is empty.`,
    ),
    ...rulePlaces(section('A rule to copy'), identity),
    ...jobSnippet(section('What the job does')),
    ...pitfalls(section('What goes wrong')),
    ...sources(section('Sources')),
  ]
}

const introduction = ''

/** The text below each heading, by heading; code may contain lines that look like one. */
function sectionsOf(text: string): ReadonlyMap<string, string> {
  const lines = new Map<string, string[]>([[introduction, []]])
  let name = introduction
  let isCode = false
  for (const line of text.split('\n').slice(1)) {
    if (line.startsWith('```')) isCode = !isCode
    if (!isCode && line.startsWith('## ')) {
      name = line.slice(3)
      lines.set(name, [])
    } else lines.get(name)?.push(line)
  }
  return new Map(Array.from(lines, ([heading, body]) => [heading, body.join('\n').trim()]))
}

/** The items of the lists of a section, each with the lines that it wraps to. */
const itemsOf = (section: string): readonly string[] =>
  section.split(/\n(?=- )|\n\n/).filter((text) => text.startsWith('- '))

function rulePlaces(section: string, identity: ProviderTable['identity']): readonly string[] {
  const items = itemsOf(section)
  if (items.length === 0) return ['"A rule to copy" must say where to find a value: "- `field`: place".']
  return items.flatMap((item) => {
    const [, field = ''] = /^- `(\w+)`:\s+\S/.exec(item) ?? []
    const known = Object.hasOwn(identity, field) || ['issuer', 'subject'].includes(field)
    return known ? [] : [`"${item}" must begin with a field of rules, as in "- \`field\`: place".`]
  })
}

function jobSnippet(section: string): readonly string[] {
  if (section === '' || snippet.exec(section)?.groups?.['code']?.trim()) return []
  return ['"What the job does" must begin with code that gets a token and sends it.']
}

function pitfalls(section: string): readonly string[] {
  const count = itemsOf(section).length
  if (section === '' || count >= fewestPitfalls) return []
  return [`"What goes wrong" must list at least ${fewestPitfalls} pitfalls; it lists ${count}.`]
}

function sources(section: string): readonly string[] {
  const items = section.split('\n').filter((line) => line !== '')
  return items
    .filter((item) => !/^- <https:\/\/\S+>$/.test(item))
    .map((item) => `The source "${item}" must be a link: "- <https://…>".`)
}
