// The arrows between packages, and the bounds that keep files readable, as CONTRIBUTING.md states them.

import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, relative } from 'node:path'
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

const codeLines = (file: string): number =>
  read(file)
    .split('\n')
    .filter((line) => !/^\s*($|\/\/|\/?\*)/.test(line)).length

const outside = (packageName: string): string[] =>
  [
    ...new Set(
      filesIn(`packages/${packageName}/src`)
        .flatMap(importsOf)
        .filter((name) => !name.startsWith('.')),
    ),
  ].toSorted()

describe('the arrows', () => {
  test('core imports jose and nothing else, not even of Node', () => {
    expect(outside('core')).toEqual(['jose'])
    const { dependencies } = JSON.parse(read('packages/core/package.json')) as { dependencies: object }
    expect(Object.keys(dependencies)).toEqual(['jose'])
  })

  test.each([
    ['express', ['@jobpass/core', '@jobpass/core/adapter', 'express', 'node:http']],
    ['koa', ['@jobpass/core', '@jobpass/core/adapter', 'koa']],
    ['hono', ['@jobpass/core', '@jobpass/core/adapter', 'hono', 'hono/http-exception']],
  ])('%s imports core and its framework', (name, allowed) => {
    expect(outside(name)).toEqual(allowed)
  })

  test.each(['express', 'koa'])('%s imports types of its framework only', (name) => {
    const lines = read(`packages/${name}/src/index.ts`).match(/^import (?!type).* from '(?!@jobpass)[^']+'/gm)
    expect(lines).toBeNull()
  })

  test('redis imports types of core, and no client: that is given', () => {
    expect(outside('redis')).toEqual(['@jobpass/core'])
  })

  test('exchange imports core and what signs', () => {
    expect(outside('exchange')).toEqual(['@jobpass/core', '@jobpass/core/toolkit', 'jose'])
  })

  test('testing imports core, never an adapter', () => {
    expect(outside('testing').filter((name) => name.startsWith('@jobpass/'))).toEqual(['@jobpass/core'])
  })

  test('a provider is a table: it imports the table format and nothing else', () => {
    for (const file of filesIn('packages/core/src/providers').filter((name) => !name.endsWith('/index.ts')))
      expect(new Set(importsOf(file))).toEqual(new Set(['../provider/provider.ts']))
  })

  test('what verifies and decides imports no provider', () => {
    const importing = filesIn('packages/core/src').filter((file) =>
      importsOf(file).some((name) => name.includes('providers/')),
    )
    expect(importing.map((file) => basename(file)).toSorted()).toEqual(['index.ts', 'workloads.ts'])
  })
})

describe('the bounds', () => {
  test.each(['express', 'koa', 'hono'])('the %s adapter has at most 80 lines of code', (name) => {
    expect(filesIn(`packages/${name}/src`)).toEqual([`packages/${name}/src/index.ts`])
    expect(codeLines(`packages/${name}/src/index.ts`)).toBeLessThanOrEqual(80)
  })

  test('a file has at most 200 lines of code, conformance data apart', () => {
    const files = ['core', 'exchange', 'policy', 'redis', 'testing']
      .flatMap((name) => filesIn(`packages/${name}/src`))
      .filter((file) => !file.includes('/cases/'))
    expect(files.filter((file) => codeLines(file) > 200).map((file) => relative('packages', file))).toEqual([])
  })

  test('nothing reads the environment or prints', () => {
    const files = ['core', 'exchange', 'express', 'koa', 'hono', 'policy', 'redis', 'testing'].flatMap((name) =>
      filesIn(`packages/${name}/src`),
    )
    // An example in a comment may: it is the program of a user.
    const code = (file: string): string => read(file).replaceAll(/^\s*\/?\*.*$/gm, '')
    expect(files.filter((file) => /process\.env|console\./.test(code(file)))).toEqual([])
  })
})
