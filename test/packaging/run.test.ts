// The packages load as ES modules, with `require`, and in Jest.

import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { transformSync } from 'esbuild'
import { afterAll, expect, test } from 'vitest'
import { bin, installed, runNode } from './project.ts'

const project = installed()
afterAll(() => project.remove())
const source = new URL('app.ts', import.meta.url)
const expected = 'deployed from main, 403, 401'

function write(name: string, text: string): string {
  const file = join(project.folder, name)
  writeFileSync(file, text)
  return file
}
const as = (format: 'esm' | 'cjs'): string =>
  transformSync(readFileSync(source, 'utf8'), { loader: 'ts', format, target: 'es2022' }).code

copyFileSync(source, join(project.folder, 'app.ts'))
write('package.json', '{ "private": true }')
write('module.mjs', as('esm'))
write('common.cjs', as('cjs'))

/** One Jest test of a file that exports the app as `answers`. */
async function jest(name: string, importing: string, config: object, ...flags: readonly string[]): Promise<void> {
  const code = `${importing}\ntest('answers', async () => expect(await answers()).toBe('${expected}'))\n`
  const testMatch = [`**/${name}`]
  write(name, code)
  const file = write(`${name}.json`, JSON.stringify({ testMatch, ...config }))
  const result = await runNode(project.folder, ...flags, bin('jest/bin/jest.js'), '--config', file)
  expect([result.code, result.output]).toEqual([0, expect.stringMatching(/Tests: +1 passed, 1 total/)])
}

// As described in docs/troubleshooting.md.
const transformIgnorePatterns = ['/node_modules/(?!(@jobpass|jose)/)']

test('an ES module imports the packages', async () => {
  const file = write('main.mjs', "import { answers } from './module.mjs'\nconsole.log(await answers())")
  expect((await runNode(project.folder, file)).output).toBe(`${expected}\n`)
})

test('CommonJS requires the packages', async () => {
  const file = write('main.cjs', "require('./common.cjs').answers().then(console.log)")
  expect((await runNode(project.folder, '--disable-warning=ExperimentalWarning', file)).output).toBe(`${expected}\n`)
})

test('Jest with ES modules imports the packages', () =>
  jest('esm.test.mjs', "import { answers } from './module.mjs'", { transform: {} }, '--experimental-vm-modules'))

test('Jest without ES modules requires the packages if it transforms them', () => {
  const babel = [bin('babel-jest'), { plugins: [bin('@babel/plugin-transform-modules-commonjs')] }]
  return jest('cjs.test.cjs', "const { answers } = require('./common.cjs')", {
    transform: { '\\.js$': babel },
    transformIgnorePatterns,
  })
})

test('ts-jest without ES modules requires the packages if it transforms them', () => {
  const compilerOptions = { allowJs: true, module: 'commonjs', target: 'es2022', isolatedModules: true }
  return jest('typed.test.ts', "import { answers } from './app'", {
    transform: { '\\.[jt]s$': [bin('ts-jest'), { tsconfig: compilerOptions }] },
    transformIgnorePatterns,
  })
})

test('the program runs under both of its names', async () => {
  const policy = "rules: { deploy: { provider: github-actions, repositoryId: '74205118', branch: main } }\n"
  write('policy.yaml', policy)
  for (const file of ['jobpass/bin.js', '@jobpass/cli/dist/bin.js']) {
    const program = join(project.folder, 'node_modules', file)
    expect(await runNode(project.folder, program, 'lint')).toEqual({ code: 0, output: 'no findings in 1 file\n' })
    // SARIF and imports are of packages that only these commands load.
    const { code, output } = await runNode(project.folder, program, 'lint', '--format', 'sarif')
    expect([code, (JSON.parse(output) as { version: string }).version]).toEqual([0, '2.1.0'])
    expect((await runNode(project.folder, program, 'import', '--help')).code).toBe(0)
  }
})
