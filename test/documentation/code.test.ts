// Every code block is what it says: programs compile, data parses, and the shell accepts commands.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { githubActions } from '@jobpass/core'
import * as core from '@jobpass/core'
import * as exchange from '@jobpass/exchange'
import { parsePolicy } from '@jobpass/policy'
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { blocks, programs, root } from './pages.ts'

const inLanguage = (...languages: readonly string[]) => blocks.filter(({ language }) => languages.includes(language))

/** What the examples of the lints are written in: programs that import every name. */
const lintPrelude = [
  `import { ${Object.keys(core).join(', ')} } from '@jobpass/core'`,
  `import { ${Object.keys(exchange).join(', ')} } from '@jobpass/exchange'`,
  `import { lintRules } from '@jobpass/policy'`,
  `declare const acmeCi: typeof githubActions`,
].join('\n')

const lintExamples = inLanguage('ts')
  .filter(({ place }) => place.startsWith('docs/security/lint.md'))
  .map((block) => ({ ...block, code: `${lintPrelude}\n${block.code}` }))

test('every program compiles, and every example of a lint', () => {
  expect([programs.length, lintExamples.length]).toEqual([expect.toSatisfy((count) => count >= 80), 81])
  // Inside of the repository, so that packages are found.
  const folder = mkdtempSync(join(root, 'test/documentation/.programs-'))
  try {
    for (const [index, { place, code }] of [...programs, ...lintExamples].entries())
      writeFileSync(`${folder}/${index}.ts`, `// ${place}\n${code}`)
    const compilerOptions = { noUnusedLocals: false }
    writeFileSync(
      `${folder}/tsconfig.json`,
      JSON.stringify({ extends: '../../../tsconfig.json', compilerOptions, include: ['*.ts'] }),
    )
    const tsc = `${root}node_modules/typescript/bin/tsc`
    expect(spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' }).stdout).toBe('')
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('code for an API is a program with its imports; other code is for the job, on the page of its platform', () => {
  const others = inLanguage('ts').filter((block) => !programs.includes(block))
  expect(others.filter(({ place }) => !/^docs\/(?:providers|security\/lint\.md)/.test(place))).toEqual([])
})

test('every block names its language', () => {
  expect(inLanguage('').map(({ place }) => place)).toEqual([])
})

test.each(inLanguage('json'))('the JSON at $place parses', ({ code }) => {
  expect(() => void JSON.parse(code)).not.toThrow()
})

const tables = Object.values(core).filter((each): each is typeof githubActions => 'table' in Object(each))

test.each(inLanguage('yaml'))('the YAML at $place parses, and is valid where it is a policy', ({ code }) => {
  expect(parseAllDocuments(code).flatMap(({ errors }) => errors)).toEqual([])
  if (/^rules:$/m.test(code)) expect(parsePolicy(code, { providers: tables }).names.length).toBeGreaterThan(0)
})

test.each(inLanguage('sh'))('the shell accepts the commands at $place', ({ code }) => {
  expect(spawnSync('bash', ['-n'], { input: code, encoding: 'utf8' }).stderr).toBe('')
})

/** The scripts in the steps of a workflow. */
const scripts = (value: unknown): readonly string[] => {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) =>
    (key === 'run' || key === 'script') && typeof inner === 'string' ? [inner] : scripts(inner),
  )
}

test.each(inLanguage('yaml'))('the shell accepts the steps at $place', ({ code }) => {
  for (const input of parseAllDocuments(code).flatMap((document) => scripts(document.toJS())))
    expect(spawnSync('bash', ['-n'], { input, encoding: 'utf8' }).stderr).toBe('')
})
