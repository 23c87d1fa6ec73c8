/**
 * Runs the benchmark: `npm run bench`, or parts of it, `npm run bench -- micro http`. Each part
 * runs in a separate process.
 */

import { fork } from 'node:child_process'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'
import { setBefore } from './before.ts'
import { setNodes } from './first-sight/first-sight.ts'
import type { PartName } from './options.ts'
import { readOptions } from './options.ts'
import { argumentsOfNode } from './published.ts'
import { machine } from './report/machine.ts'
import { writeResults } from './report/results.ts'
import type { Section } from './report/section.ts'

const { parts, quick, title, out, before, nodes } = readOptions(argv.slice(2))
if (before !== undefined) setBefore(before)
setNodes(nodes)
const began = performance.now()
const sections: Section[] = []
for (const part of parts) {
  const start = performance.now()
  const section = await run(part)
  sections.push(section)
  console.log(`\n### ${section.title}\n\n${section.blocks.join('\n\n')}`)
  console.error(`${part}: ${seconds(start)}`)
}
const file = await writeResults(out, { title, machine: machine(), quick, sections })
console.error(`all: ${seconds(began)}; written to ${file}`)

function run(part: PartName): Promise<Section> {
  return new Promise((resolve, reject) => {
    const args = [part, ...(quick ? ['quick'] : [])]
    const child = fork(fileURLToPath(new URL('./part.ts', import.meta.url)), args, {
      execArgv: argumentsOfNode(process.execArgv),
    })
    child.on('message', (section) => resolve(section as Section))
    child.on('exit', (code) => reject(new Error(`${part} ended with ${code}`)))
  })
}

function seconds(start: number): string {
  return `${((performance.now() - start) / 1000).toFixed(0)} s`
}
