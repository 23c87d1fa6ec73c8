// The contents and the manifest of each tarball.

import { readFileSync, readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { bin, installed, runNode, tarballs } from './project.ts'

const project = installed()
afterAll(() => project.remove())

/** Maximum unpacked size of a package, in kB. */
const limits = {
  cli: 190,
  client: 60,
  core: 450,
  exchange: 130,
  express: 10,
  fastify: 10,
  hono: 10,
  import: 140,
  jobpass: 5,
  kms: 35,
  koa: 10,
  mcp: 20,
  nestjs: 20,
  opentelemetry: 12,
  policy: 400,
  publishers: 105,
  stores: 65,
  testing: 240,
}

/**
 * What is loaded when it is needed has the name of its source. What core needs of Node is in a file
 * that bundles for browsers and Workers replace.
 */
const lazy: Readonly<Partial<Record<string, readonly string[]>>> = {
  core: ['dist/node.js', 'dist/elsewhere.js'],
  client: ['dist/dpop.js'],
  jobpass: ['bin.js'],
  cli: [
    'cases',
    'completions',
    'dev',
    'dev-run-token',
    'diff',
    'doctor',
    'explain',
    'import',
    'init',
    'init-ask',
    'init-frameworks',
    'init-platforms',
    'keys',
    'lint',
    'schema',
    'schema-index',
    'serve',
    'serve-identity-token',
    'shared',
    'start',
    'token',
    'verify',
    'whoami',
  ].map((file) => `dist/${file}.js`),
}

const filesOf = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(folder, name)).isFile())

test('there is a tarball of every package', () => {
  expect(project.packages.map(([name]) => name).toSorted()).toEqual(Object.keys(limits))
})

describe.each(project.packages)('%s', (name, folder) => {
  const files = filesOf(folder)

  test('ships its program, its declarations, a README and the licence', () => {
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']))
    expect(files.filter((file) => file.startsWith('dist/') && !/\.(?:d\.ts|js)$/.test(file))).toEqual([])
    expect(files.filter((file) => !file.startsWith('dist/') && !file.endsWith('.md'))).toEqual(
      expect.not.arrayContaining([expect.stringMatching(/\.ts$/)]),
    )
  })

  test('declares nothing by the types of an internal entry, which are not shipped', () => {
    const declarations = files.filter((file) => file.endsWith('.d.ts'))
    expect(declarations.filter((file) => readFileSync(join(folder, file), 'utf8').includes('/internal"'))).toEqual([])
  })

  test('uses the same file names in every release', () => {
    const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      readonly exports: Readonly<Record<string, { readonly default?: string }>>
    }
    const entries = Object.values(exports).flatMap((each) => each.default?.replace('./', '') ?? [])
    const shared = entries.length > 1 ? ['dist/shared.js'] : []
    const others = files.filter((file) => file.endsWith('.js') && !entries.includes(file))
    expect(others.toSorted()).toEqual([...(lazy[name] ?? []), ...shared].toSorted())
  })

  test('depends on versions that are published', () => {
    const { version, dependencies = {}, peerDependencies = {} } = project.manifest(folder)
    for (const [dependency, range] of Object.entries({ ...dependencies, ...peerDependencies }))
      expect(range).toMatch(dependency.startsWith('@jobpass/') ? `^${version}` : /^\^?\d/)
  })

  test('stays within its size', () => {
    const size = files.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0) / 1000
    process.stdout.write(`@jobpass/${name}: ${size.toFixed(1)} kB unpacked\n`)
    expect(size).toBeLessThanOrEqual(limits[name as keyof typeof limits])
  })
})

describe.each(tarballs.map((tarball) => [basename(tarball), tarball] as const))('%s', (_, tarball) => {
  test('passes publint', async () => {
    const { output, code } = await runNode(project.folder, bin('publint/src/cli.js'), 'run', '--strict', tarball)
    expect([code, output]).toEqual([0, expect.stringContaining('All good!')])
  })

  test('has types that resolve like its modules', async () => {
    const attw = bin('@arethetypeswrong/cli/dist/index.js')
    const { output, code } = await runNode(project.folder, attw, tarball, '--profile', 'esm-only', '--no-emoji')
    expect(code, output).toBe(0)
  })
})
