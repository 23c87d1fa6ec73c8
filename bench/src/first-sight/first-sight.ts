/** New tokens: quiet and busy, on several versions of Node, and how many steps they take. */

import { execFileSync, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { ratios, spreadOf } from '../measure/stats.ts'
import type { Section } from '../report/section.ts'
import { figure, range, table } from '../report/table.ts'
import { instructions } from './instructions.ts'
import type { Readings } from './run.ts'
import { floor } from './subjects.ts'

/** More programs of Node to measure on. Child processes inherit the variable. */
const variable = 'JOBPASS_BENCH_NODES'

export function setNodes(programs: readonly string[]): void {
  process.env[variable] = programs.join('\n')
}

export async function firstSightOn(quick: boolean): Promise<Section> {
  const others = (process.env[variable] ?? '').split('\n').filter((each) => each !== '')
  const runs: { readonly version: string; readonly readings: readonly Readings[] }[] = []
  for (const program of [process.execPath, ...others])
    runs.push({ version: versionOf(program), readings: await measure(program, quick) })
  const algorithms = runs[0]?.readings.map(({ algorithm }) => algorithm) ?? []
  return {
    title: 'New tokens',
    blocks: [
      'Ratios to "no package", the hand-written minimum of the same rounds: median, and p10–p90. "Quiet" is one call after the other. "Busy" is a machine with a neighbour: before each call, this processor reads and writes 8 MB, and a thread on the other one does so all the time. All subjects are synchronous and cache no token.',
      ...algorithms.flatMap((algorithm, index) => [
        `#### ${algorithm}, new tokens`,
        tableOf(runs.map(({ version, readings }) => ({ version, readings: readings[index] as Readings }))),
      ]),
      '#### Instructions',
      ...(await instructions(quick)),
    ],
  }
}

function versionOf(program: string): string {
  return execFileSync(program, ['--version'], { encoding: 'utf8' }).trim()
}

function measure(program: string, quick: boolean): Promise<readonly Readings[]> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL('./run.ts', import.meta.url)), quick ? ['quick'] : [], {
      execPath: program,
    })
    child.on('message', (readings) => resolve(readings as readonly Readings[]))
    child.on('exit', (code) => reject(new Error(`${program} ended with ${code}`)))
  })
}

function tableOf(runs: readonly { readonly version: string; readonly readings: Readings }[]): string {
  const names = runs[0]?.readings.names ?? []
  const cell = ({ names: all, ...of }: Readings, name: string, column: 'quiet' | 'busy'): string => {
    const at = (each: string): readonly number[] => of[column][all.indexOf(each)] ?? []
    const ratio = spreadOf(ratios(at(name), at(floor)))
    return `${figure(ratio.median)} (${range(ratio)})`
  }
  return table(
    ['', ...runs.flatMap(({ version }) => [`${version}, quiet`, `${version}, busy`])],
    names.map((name) => [
      name,
      ...runs.flatMap(({ readings }) => [cell(readings, name, 'quiet'), cell(readings, name, 'busy')]),
    ]),
  )
}
