/**
 * `RESULTS.md`: a heading for each run, with a part for each section. A new measurement replaces
 * the old one.
 */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { format } from 'prettier'
import type { Section } from './section.ts'

const intro = `# What jobpass costs

Written by \`npm run bench\`; see [src](src) for what each row does. All subjects take turns in many short rounds. A ratio is that of two readings of the same
round; each row shows the median and p10–p90 of all rounds. Machines are noisy: ratios carry over to others, microseconds do not.
`

export interface Run {
  readonly title: string
  readonly machine: string
  readonly quick: boolean
  readonly sections: readonly Section[]
}

/** Writes a run to the results in a folder, with its plots. */
export async function writeResults(folder: string, run: Run): Promise<string> {
  const file = join(folder, 'RESULTS.md')
  const plots = join(folder, 'plots')
  mkdirSync(plots, { recursive: true })
  const runs = readRuns(file)
  const parts = new Map(runs.get(run.title)?.parts)
  for (const section of run.sections) {
    const drawn = Object.entries(section.plots ?? {}).map(([name, svg]) => {
      const path = `${slug(run.title)}-${name}.svg`
      writeFileSync(join(plots, path), svg)
      return `![${name.replaceAll('-', ' ')}](plots/${path})`
    })
    parts.set(section.title, [...section.blocks, ...drawn].join('\n\n'))
  }
  const note = run.quick ? '\n\nA quick run, to see that everything works: these figures mean nothing.' : ''
  runs.set(run.title, { head: run.machine + note, parts })
  const text = [intro, ...Array.from(runs, ([title, { head, parts }]) => write(title, head, parts))].join('\n\n')
  writeFileSync(file, await format(text, { parser: 'markdown', printWidth: 120 }))
  return file
}

interface Written {
  readonly head: string
  readonly parts: ReadonlyMap<string, string>
}

function write(title: string, head: string, parts: ReadonlyMap<string, string>): string {
  return [`## ${title}`, head, ...Array.from(parts, ([name, text]) => `### ${name}\n\n${text}`)].join('\n\n')
}

function readRuns(file: string): Map<string, Written> {
  const [, ...runs] = split(readText(file), '## ')
  return new Map(
    runs.map(([title, text]) => {
      const [[, head], ...parts] = split(text, '### ') as [readonly [string, string], ...(readonly [string, string])[]]
      return [title, { head, parts: new Map(parts) }]
    }),
  )
}

/** The text before the first heading, then each heading with its text. */
function split(text: string, mark: string): readonly (readonly [title: string, text: string])[] {
  const [first = '', ...others] = `\n${text}`.split(`\n${mark}`)
  const parts = others.map((part): [string, string] => {
    const end = part.indexOf('\n')
    return [part.slice(0, end).trim(), part.slice(end).trim()]
  })
  return [['', first.trim()], ...parts]
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function slug(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^a-z0-9.]+/g, '-')
    .replaceAll(/^-|-$/g, '')
}
