/** Runs `memory.ts` as a part of the benchmark. */

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Section } from './report/section.ts'

export function garbage(quick: boolean): Section {
  const title = 'A million calls that leave nothing behind'
  if (quick) return { title, blocks: ['Left out of a quick run.'] }
  const file = fileURLToPath(new URL('./memory.ts', import.meta.url))
  const { status, stdout } = spawnSync(process.execPath, [...process.execArgv, file], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`memory.ts ended with ${status}: ${stdout}`)
  return {
    title,
    blocks: [
      'Garbage, invented issuers and keys, expired tokens, other audiences, and one good token in fifty:',
      ['```text', stdout.trim(), '```'].join('\n'),
    ],
  }
}
