// Dependencies between packages, and limits that keep files readable, as in CONTRIBUTING.md.

import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

const filesIn = (folder: string): string[] =>
  readdirSync(`${root}/${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !/\.test(-d)?\.ts$/.test(name))
    .map((name) => `${folder}/${name}`)

const read = (file: string): string => readFileSync(`${root}/${file}`, 'utf8')

const importsOf = (file: string): string[] =>
  Array.from(read(file).matchAll(/^(?:import|export)\b[^;]*? from '([^']+)'/gms), ([, name]) => name ?? '')

/** What a file imports when it is needed. */
const lazyImportsOf = (file: string): string[] =>
  Array.from(read(file).matchAll(/\bimport\('([^']+)'\)/g), ([, name]) => name ?? '')

/** Lines of code: without comments, and without the elements of literal lists. */
const codeLines = (file: string): number =>
  read(file)
    .split('\n')
    .filter((line) => !/^\s*($|\/\/|\/?\*|(?:\w+: )?(?:'[^']*'|true),( \/\/.*)?$)/.test(line)).length

const outside = (packageName: string): string[] =>
  [
    ...new Set(
      filesIn(`packages/${packageName}/src`)
        .flatMap(importsOf)
        .filter((name) => !name.startsWith('.')),
    ),
  ].toSorted()

const packages = [
  'cli',
  'client',
  'core',
  'exchange',
  'express',
  'koa',
  'kms',
  'hono',
  'fastify',
  'import',
  'mcp',
  'nestjs',
  'opentelemetry',
  'policy',
  'publishers',
  'stores',
  'testing',
]
const adapters = ['express', 'koa', 'hono', 'fastify'] as const

/** The floors of core, from top to bottom; files in no folder are the top floor. */
const floors = (read('CONTRIBUTING.md').match(/^index {2,}[\s\S]*?(?=^```)/m)?.[0] ?? '')
  .trim()
  .split('\n')
  .map((line) => line.split(' ', 1)[0] ?? '')

/**
 * Each file of a package with the files of the package that it imports, types and what is imported
 * on use included.
 */
function importGraph(packageName: string): ReadonlyMap<string, readonly string[]> {
  const from = `packages/${packageName}/src`
  return new Map(
    filesIn(from).map((file) => [
      relative(from, file),
      [...importsOf(file), ...lazyImportsOf(file)]
        .filter((name) => name.startsWith('.'))
        .map((name) => relative(from, join(dirname(file), name))),
    ]),
  )
}

/** Files in import circles. */
function filesInCircles(graph: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const reachable = (start: string): ReadonlySet<string> => {
    const seen = new Set<string>()
    const next = [...(graph.get(start) ?? [])]
    for (let file = next.pop(); file !== undefined; file = next.pop()) {
      if (seen.has(file)) continue
      seen.add(file)
      next.push(...(graph.get(file) ?? []))
    }
    return seen
  }
  return [...graph.keys()].filter((file) => reachable(file).has(file))
}

function upwardImports(graph: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const floorOf = (file: string): number => floors.indexOf(file.includes('/') ? (file.split('/')[0] ?? '') : 'index')
  return [...graph].flatMap(([file, imports]) =>
    imports.filter((other) => floorOf(other) < floorOf(file)).map((other) => `${file} -> ${other}`),
  )
}

describe('the floors', () => {
  test('the list of floors in CONTRIBUTING.md names the folders of core', () => {
    const folders = readdirSync(`${root}/packages/core/src`, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
    expect(floors.slice(1).toSorted()).toEqual(folders.toSorted())
  })

  test('core imports downwards only, types included', () => {
    expect(upwardImports(importGraph('core'))).toEqual([])
  })

  test.each(packages)('no file of %s is in an import circle, types included', (name) => {
    expect(filesInCircles(importGraph(name))).toEqual([])
  })

  test('the check finds an upward import and a circle', () => {
    const graph = new Map([
      ['util/clock.ts', ['rule/rule.ts']],
      ['rule/rule.ts', ['util/clock.ts']],
      ['token/jws.ts', ['util/clock.ts']],
    ])
    expect(upwardImports(graph)).toEqual(['util/clock.ts -> rule/rule.ts'])
    expect(filesInCircles(graph)).toEqual(['util/clock.ts', 'rule/rule.ts'])
  })
})

describe('imports between packages', () => {
  test('core imports jose and nothing else, not even of Node', () => {
    expect(outside('core')).toEqual(['jose'])
    // Each from its own module: bundles keep all of a module that is loaded when it is needed.
    const lazily = filesIn('packages/core/src').flatMap(lazyImportsOf)
    expect(lazily.filter((name) => !name.startsWith('.'))).toEqual(['jose/jws/compact/verify', 'jose/key/import'])
    const { dependencies } = JSON.parse(read('packages/core/package.json')) as { dependencies: object }
    expect(Object.keys(dependencies)).toEqual(['jose'])
  })

  test.each([
    ['express', ['@jobpass/core', '@jobpass/core/adapter', 'express', 'node:http']],
    ['koa', ['@jobpass/core', '@jobpass/core/adapter', 'koa']],
    ['hono', ['@jobpass/core', '@jobpass/core/adapter', 'hono', 'hono/http-exception']],
    ['fastify', ['@jobpass/core', '@jobpass/core/adapter', 'fastify', 'fastify-plugin']],
    ['nestjs', ['@jobpass/core', '@jobpass/core/adapter', '@nestjs/common', '@nestjs/core']],
    ['opentelemetry', ['@jobpass/core', '@jobpass/core/internal', '@opentelemetry/api']],
  ])('%s imports core and its framework', (name, allowed) => {
    expect(outside(name)).toEqual(allowed)
  })

  test.each(['express', 'koa'] as const)('%s imports types of its framework only', (name) => {
    const lines = read(`packages/${name}/src/index.ts`).match(/^import (?!type).* from '(?!@jobpass)[^']+'/gm)
    expect(lines).toBeNull()
  })

  test('mcp imports core and types of Node, and nothing of the SDK: both of its versions fit', () => {
    expect(outside('mcp')).toEqual(['@jobpass/core', '@jobpass/core/adapter', '@jobpass/core/internal', 'node:http'])
  })

  test('stores imports core, and no client of a database', () => {
    expect(outside('stores')).toEqual(['@jobpass/core', '@jobpass/core/internal'])
  })

  test('publishers imports core only, and no client of a database', () => {
    expect(outside('publishers')).toEqual(['@jobpass/core', '@jobpass/core/internal'])
  })

  test('client depends on no package, and reaches its process through one file', () => {
    // Types of undici, for those who use it.
    expect(outside('client')).toEqual(['undici'])
    // Built-in modules are imported on use, so that the client also loads on runtimes without them.
    const files = filesIn('packages/client/src').filter((file) => read(file).includes("import('node:"))
    expect(files).toEqual(['packages/client/src/job.ts'])
  })

  test('exchange imports core and jose only', () => {
    expect(outside('exchange')).toEqual(['@jobpass/core', '@jobpass/core/internal', 'jose'])
  })

  test('kms imports types of exchange, and no client of a service', () => {
    expect(outside('kms')).toEqual(['@jobpass/exchange'])
    const { dependencies } = JSON.parse(read('packages/kms/package.json')) as { dependencies?: object }
    expect(dependencies).toBe(undefined)
  })

  test('import imports core, policy and parsers; helpers of its tests, which are not shipped, import more', () => {
    const shipped = filesIn('packages/import/src').filter((file) => !file.includes('/src/testing/'))
    const allowed =
      /^(?:\.|@jobpass\/core$|@jobpass\/core\/internal$|@jobpass\/policy(?:\/built-in)?$|@bufbuild\/cel|yaml$)/
    expect(shipped.flatMap(importsOf).filter((name) => !allowed.test(name))).toEqual([])
    expect(shipped.flatMap(importsOf).filter((name) => name.includes('/testing/'))).toEqual([])
  })

  test('no package imports the command line', () => {
    const others = packages.filter((name) => name !== 'cli')
    expect(others.filter((name) => outside(name).some((each) => each.startsWith('@jobpass/cli')))).toEqual([])
  })

  test('the main entry of testing, and core, import no built-in module of Node', () => {
    const graph = importGraph('testing')
    const reached = new Set(['index.ts'])
    for (const file of reached) for (const other of graph.get(file) ?? []) reached.add(other)
    expect(reached.has('server.ts')).toBe(false)
    const files = [...reached].map((file) => `packages/testing/src/${file}`).concat(filesIn('packages/core/src'))
    expect(files.filter((file) => importsOf(file).some((name) => name.startsWith('node:')))).toEqual([])
  })

  test('testing imports core, never an adapter', () => {
    expect(outside('testing').filter((name) => name.startsWith('@jobpass/'))).toEqual([
      '@jobpass/core',
      '@jobpass/core/internal',
    ])
  })

  test('a provider is a table: it imports the table format, shapes and shared logic of refs, and nothing else', () => {
    const format = '../provider/define-provider.ts'
    for (const file of filesIn('packages/core/src/providers').filter(
      (name) => !/\/(?:index|workloads)\.ts$/.test(name),
    ))
      expect([format, '../model/value-shape.ts', '../provider/git-refs.ts', '../provider/workflow-file.ts']).toEqual(
        expect.arrayContaining([format, ...importsOf(file)]),
      )
  })

  test('the tests of a package import no file outside of it', () => {
    const outsiders = packages.flatMap((name) => {
      const home = `packages/${name}/`
      return readdirSync(`${root}/${home}`, { recursive: true, encoding: 'utf8' })
        .filter((file) => /^(?:src|test)\/.*\.test(?:-d)?\.ts$/.test(file))
        .flatMap((file) =>
          importsOf(home + file)
            .filter((from) => from.startsWith('.') && !join(dirname(home + file), from).startsWith(home))
            .map((from) => `${home}${file}: ${from}`),
        )
    })
    expect(outsiders).toEqual([])
  })

  test('the code that verifies and decides imports no provider', () => {
    const importing = filesIn('packages/core/src').filter((file) =>
      importsOf(file).some((name) => name.includes('providers/')),
    )
    expect(importing.map((file) => basename(file)).toSorted()).toEqual([
      'adapter.ts',
      'fetch-guard.ts',
      'index.ts',
      'types.ts',
    ])
  })
})

describe('test files, which share a process', () => {
  test('no server of a test replaces the global Response, which others read', () => {
    const files = ['test', 'examples', 'packages'].flatMap((folder) =>
      readdirSync(`${root}/${folder}`, { recursive: true, encoding: 'utf8' })
        // Other tests make folders that begin with a dot, and remove them.
        .filter((file) => file.endsWith('.ts') && !/node_modules|dist|declarations|(?:^|\/)\./.test(file))
        .map((file) => `${folder}/${file}`),
    )
    const servers = files.filter((file) => importsOf(file).includes('@hono/node-server'))
    // A program that is started by itself may.
    const careless = servers.filter(
      (file) => !file.endsWith('/src/node.ts') && !read(file).includes('overrideGlobalObjects: false'),
    )
    expect([servers.length > 8, careless]).toEqual([true, []])
  })
})

describe('the front page', () => {
  const named = (file: string): readonly string[] =>
    [
      ...Array.from(read(file).matchAll(/^export (?:type )?\{([^}]*)\}/gm), ([, names = '']) =>
        names.split(','),
      ).flat(),
      ...Array.from(
        read(file).matchAll(/^export (?:type )?(?:\* as|const|function|interface|class|type) (\w+)/gm),
        ([, name = '']) => name,
      ),
    ].filter((name) => name.trim() !== '')

  test('core exports at most 100 names', () => {
    expect(read('packages/core/src/index.ts')).not.toMatch(/^export (?:type )?\* from/m)
    expect(named('packages/core/src/index.ts').length).toBeLessThanOrEqual(100)
  })

  test.each(adapters)('%s exports core and at most five names more', (name) => {
    const file = `packages/${name}/src/index.ts`
    expect(read(file).match(/^export \* from .*$/gm)).toEqual(["export * from '@jobpass/core'"])
    expect(new Set(named(file)).size).toBeLessThanOrEqual(5)
  })
})

describe('size limits', () => {
  test.each(adapters)('the %s adapter has at most 80 lines of code', (name) => {
    expect(filesIn(`packages/${name}/src`)).toEqual([`packages/${name}/src/index.ts`])
    expect(codeLines(`packages/${name}/src/index.ts`)).toBeLessThanOrEqual(80)
  })

  test.each(['mcp', 'nestjs'])('a file of the %s adapter has at most 80 lines of code', (name) => {
    expect(filesIn(`packages/${name}/src`).filter((file) => codeLines(file) > 80)).toEqual([])
  })

  test('a command has at most 80 lines of code: what it does is in the files beside it', () => {
    const commands = filesIn('packages/cli/src').filter((file) => /\/(?:run|run-\w+)\.ts$/.test(file))
    expect(commands.length).toBeGreaterThanOrEqual(13)
    expect(commands.filter((file) => codeLines(file) > 80)).toEqual([])
  })

  test('a file has at most 200 lines of code, except conformance data', () => {
    const files = [
      'cli',
      'client',
      'core',
      'exchange',
      'import',
      'kms',
      'mcp',
      'policy',
      'publishers',
      'stores',
      'testing',
    ]
      .flatMap((name) => filesIn(`packages/${name}/src`))
      .filter((file) => !file.includes('/cases/'))
    expect(files.filter((file) => codeLines(file) > 200).map((file) => relative('packages', file))).toEqual([])
  })

  test('every member of an exported interface has a doc comment', () => {
    const bare = packages
      .flatMap((name) => filesIn(`packages/${name}/src`))
      .flatMap((file) =>
        Array.from(read(file).matchAll(/^export interface (\w+).*\{\n([\s\S]*?)^\}/gm), ([, name = '', body = '']) =>
          body
            .split('\n')
            .filter((line, index, lines) => /^ {2}[\w'[(]/.test(line) && !(lines[index - 1] ?? '').endsWith('*/'))
            .map((line) => `${file} ${name}: ${line.trim()}`),
        ).flat(),
      )
    expect(bare).toEqual([])
  })

  test('no package reads the environment or prints, except three files: for the process of a job, real or in a test, and of the program', () => {
    const files = packages.flatMap((name) => filesIn(`packages/${name}/src`))
    // Examples in comments may: they are programs of users.
    const code = (file: string): string => read(file).replaceAll(/^\s*\/?\*.*$/gm, '')
    expect(files.filter((file) => /(?<!\.)process\.env|console\./.test(code(file)))).toEqual([
      'packages/cli/src/bin.ts',
      'packages/client/src/job.ts',
      // It puts the programs of a job in front of the `PATH`.
      'packages/testing/src/jobs/start-job.ts',
    ])
  })
})
