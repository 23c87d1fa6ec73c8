// What an application ships: one provider's table, and not those it does not import.

import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import type { Preset } from './presets.ts'
import { presets } from './presets.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

async function bundle(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root, loader: 'ts' },
    bundle: true,
    minify: true,
    treeShaking: true,
    format: 'esm',
    platform: 'neutral',
    conditions: ['@jobpass/source'],
    external: ['jose'],
    write: false,
  })
  return outputFiles.map(({ text }) => text).join('')
}

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`
const size = (code: string): string =>
  `${kilobytes(Buffer.byteLength(code))}, ${kilobytes(gzipSync(code).length)} compressed`

const quoted = (code: string, text: string): boolean =>
  ['"', "'", '`'].some((quote) => code.includes(quote + text + quote))

/** What of a preset stands in the code: its id, its title, and what its issuers have in common. */
function tracesOf(code: string, { provider: { id, title, table } }: Preset): readonly string[] {
  const [common = ''] = (table.issuer ?? '').split(/\{\w+\}/).toSorted((a, b) => b.length - a.length)
  return [
    ...[id, title].filter((text) => quoted(code, text)),
    ...(common !== '' && code.includes(common) ? [common] : []),
  ]
}

test('an application with one provider ships that one alone', async () => {
  const one = await bundle(
    "import { createVerifier, githubActions } from '@jobpass/core'; console.log(createVerifier, githubActions)",
  )
  const all = await bundle("import * as core from '@jobpass/core'; console.log(core)")
  process.stdout.write(`core with one provider: ${size(one)}\ncore with ${presets.length} providers: ${size(all)}\n`)
  for (const preset of presets) {
    // What is looked for is there to be found, where it is meant to be.
    expect(tracesOf(all, preset)).toHaveLength(preset.provider.table.issuer === undefined ? 2 : 3)
    expect(tracesOf(one, preset)).toHaveLength(preset.name === 'githubActions' ? 3 : 0)
  }
  expect(one.length).toBeLessThan(all.length)
})
