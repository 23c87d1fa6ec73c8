// A bundle contains the table of one provider, and not those that the application does not import.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import type * as jobpass from '@jobpass/core'
import type * as adapters from '@jobpass/core/adapter'
import type { BuildOptions } from 'esbuild'
import { build } from 'esbuild'
import { afterAll, expect, test } from 'vitest'
import type { Preset } from './presets.ts'
import { presets } from './presets.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

// As published: the bundler must drop parts of one file.
const published = mkdtempSync(join(tmpdir(), 'jobpass-published-'))
execFileSync(process.execPath, ['scripts/bundle.mjs', published], { cwd: root })
afterAll(() => rmSync(published, { recursive: true }))

const ways = {
  'its sources': { conditions: ['@jobpass/source'] },
  'what is published': { alias: { '@jobpass/core': join(published, 'core', 'index.js') } },
}

async function bundle(contents: string, way: BuildOptions): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root, loader: 'ts' },
    bundle: true,
    minify: true,
    treeShaking: true,
    format: 'esm',
    platform: 'neutral',
    external: ['jose'],
    ...way,
    write: false,
  })
  return outputFiles.map(({ text }) => text).join('')
}

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`
const size = (code: string): string =>
  `${kilobytes(Buffer.byteLength(code))}, ${kilobytes(gzipSync(code).length)} compressed`

const quoted = (code: string, text: string): boolean =>
  ['"', "'", '`'].some((quote) => code.includes(quote + text + quote))

/**
 * Texts of a preset that identify it in a bundle: its id, its title, and the common part of its
 * issuers.
 */
function tracesOf(code: string, { provider: { id, title, table } }: Preset): readonly string[] {
  const [common = ''] = (table.issuer ?? '').split(/\{\w+\}/).toSorted((a, b) => b.length - a.length)
  return [
    ...[id, title].filter((text) => quoted(code, text)),
    ...(common !== '' && code.includes(common) ? [common] : []),
  ]
}

test.each(Object.entries(ways))(
  'an application with one provider bundles only that one, from %s',
  async (from, way) => {
    const one = await bundle(
      "import { createVerifier, githubActions } from '@jobpass/core'; console.log(createVerifier, githubActions)",
      way,
    )
    const all = await bundle("import * as core from '@jobpass/core'; console.log(core)", way)
    process.stdout.write(
      `${from}: core with one provider: ${size(one)}; with ${presets.length} providers: ${size(all)}\n`,
    )
    for (const preset of presets) {
      // The texts are found where they are expected.
      expect(tracesOf(all, preset)).toHaveLength(preset.provider.table.issuer === undefined ? 2 : 3)
      expect(tracesOf(one, preset)).toHaveLength(preset.name === 'githubActions' ? 3 : 0)
    }
    expect(one.length).toBeLessThan(all.length)
  },
)

test('the published entries share one program: an adapter accepts a verifier of another entry', async () => {
  const load = async (file: string): Promise<unknown> => import(pathToFileURL(join(published, 'core', file)).href)
  const core = (await load('index.js')) as typeof jobpass
  const adapter = (await load('adapter.js')) as typeof adapters
  const verifier = core.createVerifier({
    audience: 'https://api.acme.dev',
    trust: core.githubActions({ ownerId: '1234567' }),
    header: 'x-token',
  })

  expect(adapter.createAuthenticator(verifier as never).header).toBe('x-token')
})
