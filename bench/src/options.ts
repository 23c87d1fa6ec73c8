/**
 * The command line: `npm run bench -- [part …] [--quick] [--title TEXT] [--out FOLDER]
 * [--before CHECKOUT] [--node PROGRAM …]`.
 */

import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

/** The parts, in running order. */
const partNames = ['micro', 'first-sight', 'http', 'startup', 'memory', 'garbage', 'growth', 'exchange'] as const
export type PartName = (typeof partNames)[number]

export interface BenchOptions {
  readonly parts: readonly PartName[]
  /** Few rounds, to check that everything works: the figures mean nothing. */
  readonly quick: boolean
  /** Heading of this run. */
  readonly title: string
  /** Folder of `RESULTS.md`. */
  readonly out: string
  /** A checkout with an earlier build, measured in the same rounds. */
  readonly before: string | undefined
  /** More programs of Node, on which new tokens are measured. */
  readonly nodes: readonly string[]
}

/** Reads the command line. Throws a `TypeError` that says what to write instead. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      title: { type: 'string' },
      out: { type: 'string' },
      before: { type: 'string' },
      node: { type: 'string', multiple: true, default: [] },
    },
  })
  const asked = positionals.map((name) => {
    const part = partNames.find((each) => each === name)
    if (part === undefined) throw new TypeError(`there is no part '${name}': ${partNames.join(', ')}`)
    return part
  })
  const { quick, title = 'Results', out, before, node: nodes } = values
  const folder = quick ? join(tmpdir(), 'jobpass-bench') : fileURLToPath(new URL('..', import.meta.url))
  return {
    parts: partNames.filter((part) => asked.length === 0 || asked.includes(part)),
    quick,
    title,
    out: out ?? folder,
    before,
    nodes,
  }
}
