/**
 * Counts what noise cannot move: the instructions, branches and cache misses of one call, by
 * `perf` where the kernel counts them, else by cachegrind, which simulates a processor.
 */

import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { buildSync } from 'esbuild'
import { figure, table } from '../report/table.ts'
import { mintMany } from '../mint.ts'
import { makeKey } from '../tokens.ts'
import type { Prepared } from './counted.ts'
import { floor } from './subjects.ts'

/** What a tool counted in one process. */
type Counts = readonly [instructions: number, branches: number, misses: number]

interface Tool {
  readonly name: string
  readonly command: readonly string[]
  readonly read: (output: string) => Counts
}

const perf: Tool = {
  name: 'perf',
  command: ['perf', 'stat', '-x,', '-e', 'instructions:u,branches:u,cache-misses:u'],
  read: (output) => {
    const count = (event: string): number => Number(new RegExp(`^(\\d+),[^,]*,${event}`, 'm').exec(output)?.[1])
    return [count('instructions'), count('branches'), count('cache-misses')]
  },
}

const cachegrind: Tool = {
  name: 'cachegrind',
  command: [
    'valgrind',
    '--tool=cachegrind',
    '--cache-sim=yes',
    '--branch-sim=yes',
    '--cachegrind-out-file=/dev/null',
    '--smc-check=all-non-file',
  ],
  read: (output) => {
    const count = (what: string): number =>
      Number(new RegExp(`${what}:\\s+([\\d,]+)`).exec(output)?.[1]?.replaceAll(',', ''))
    return [count('I\\s+refs'), count('Branches'), count('I1\\s+misses') + count('D1\\s+misses')]
  },
}

/** Options of V8 that leave out what depends on threads and time. */
const quietly = ['--single-threaded', '--predictable', '--no-concurrent-recompilation']

/** The paragraphs about instructions. */
export async function instructions(quick: boolean): Promise<readonly string[]> {
  const tool = [perf, cachegrind].find(isUsable)
  if (tool === undefined) return ['Neither `perf` nor `valgrind` counts instructions here.']
  // In this package, so that the script finds the peers.
  const folder = mkdtempSync(fileURLToPath(new URL('../../node_modules/.counted-', import.meta.url)))
  try {
    const key = makeKey('RS256')
    const pem = key.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
    const prepared: Prepared = { pem, jwk: key.jwk, tokens: mintMany(key, 100) }
    const file = join(folder, 'prepared.json')
    writeFileSync(file, JSON.stringify(prepared))
    const script = join(folder, 'counted.mjs')
    // As JavaScript: what compiles TypeScript would be most of what is counted.
    buildSync({
      entryPoints: [fileURLToPath(new URL('./counted.ts', import.meta.url))],
      outfile: script,
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
    })
    const [few, many] = quick ? [20, 40] : [2000, 2500]
    const all = JSON.parse(await run(undefined, script, file, '', 0)) as readonly string[]
    const names = quick ? all.slice(0, 3) : all
    const counts: Counts[] = []
    for (const name of names) {
      const [before, after] = await Promise.all(
        [few, many].map(async (calls) => tool.read(await run(tool, script, file, name, calls))),
      )
      const count = (at: 0 | 1 | 2): number => ((after?.[at] ?? NaN) - (before?.[at] ?? NaN)) / (many - few)
      counts.push([count(0), count(1), count(2)])
    }
    const base = counts[names.indexOf(floor)]?.[0] ?? NaN
    return [
      `Of one call with RS256, by ${tool.name}: the difference between processes with ${many} and ${few} calls, divided by their number. A signature is most of it.`,
      table(
        ['', 'instructions', 'beyond "no package"', 'branches', 'cache misses, first level'],
        names.map((name, index) => {
          const [count, branches, misses] = counts[index] ?? [NaN, NaN, NaN]
          return [name, figure(count), figure(count - base), figure(branches), figure(misses)]
        }),
      ),
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function isUsable({ command: [program = '', ...options], read }: Tool): boolean {
  const { stderr, error } = spawnSync(program, [...options, process.execPath, '-e', '0'], { encoding: 'utf8' })
  return error === undefined && read(stderr).every((count) => count > 0)
}

/** What a process prints: of the tool, or without one the names of the subjects. */
async function run(tool: Tool | undefined, script: string, file: string, name: string, calls: number): Promise<string> {
  const node = [process.execPath, ...quietly, script, file, name, String(calls)]
  const [program = '', ...rest] = [...(tool?.command ?? []), ...node]
  const { stdout, stderr } = await promisify(execFile)(program, rest, { maxBuffer: 1e8 })
  return tool === undefined ? stdout : stderr
}
