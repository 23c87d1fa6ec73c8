/**
 * Time that a new process needs to load a package: its run time minus that of an empty process in
 * the same round. And the size of its bundle, which platforms for functions load.
 */

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { buildSync } from 'esbuild'
import { isBuilt } from './published.ts'
import { spreadOf } from './measure/stats.ts'
import { reading } from './report/reading.ts'
import type { Section } from './report/section.ts'
import { figure, range, table } from './report/table.ts'

const folder = fileURLToPath(new URL('..', import.meta.url))

/** Packages that are loaded together, and what an application that trusts one CI uses of each. */
const sets: readonly Readonly<Record<string, string>>[] = [
  { '@jobpass/core': 'createVerifier, githubActions' },
  { '@jobpass/express': 'workloadAuth, requireWorkload, githubActions' },
  { '@jobpass/koa': 'workloadAuth, requireWorkload, githubActions' },
  { '@jobpass/hono': 'workloadAuth, requireWorkload, githubActions' },
  { '@jobpass/fastify': 'workloadAuth, requireWorkload, githubActions' },
  { '@jobpass/nestjs': 'WorkloadModule, RequireWorkload, githubActions' },
  { '@nestjs/common': 'Module', '@nestjs/core': 'NestFactory' },
  { '@jobpass/mcp': 'fetchAuth, requireWorkload, githubActions' },
  { '@jobpass/exchange': 'createExchange' },
  { jose: 'createRemoteJWKSet, jwtVerify' },
  { 'fast-jwt': 'createVerifier' },
  { 'aws-jwt-verify': 'JwtVerifier' },
  { jsonwebtoken: 'default as jwt' },
  { 'hono/jwk': 'jwk', 'hono/jwt': 'verify' },
  { 'express-jwt': 'expressjwt', 'jwks-rsa': 'expressJwtSecret' },
  { 'koa-jwt': 'default as jwt', 'jwks-rsa': 'koaJwtSecret' },
  { 'express-oauth2-jwt-bearer': 'auth' },
  { '@okta/jwt-verifier': 'default as Verifier' },
]

/** What an application installs in addition to its adapter. */
const frameworks = ['express', 'koa', 'hono', 'fastify', '@nestjs/*', 'rxjs', 'reflect-metadata']

export function startup(quick: boolean): Section {
  const rounds = quick ? 1 : 9
  const missing = sets.flatMap(Object.keys).filter((name) => !isBuilt(name))
  const measured = sets.filter((set) => Object.keys(set).every((name) => !missing.includes(name)))
  const loaded = measured.map(Object.keys)
  const times = measured.map((): number[] => [])
  const empty: number[] = []
  for (let round = 0; round < rounds; round++) {
    const none = load([])
    empty.push(none)
    loaded.forEach((names, index) => times[index]?.push(load(names) - none))
  }
  const rows = measured.map((set, index) => {
    const name = Object.keys(set).join(' + ')
    const spread = spreadOf(times[index] ?? [])
    const ratio = spread.median / spreadOf(empty).median
    return [name, figure(ratio), figure(spread.median), range(spread), bundled(set)]
  })
  const core = {
    name: '@jobpass/core',
    readings: times[loaded.findIndex(([name]) => name === '@jobpass/core')] ?? [],
  }
  const pairs = loaded.flatMap((names, index) =>
    /^@(?:jobpass|nestjs)\//.test(names[0] ?? '')
      ? []
      : [{ what: 'start-up', peer: { name: names.join(' + '), readings: times[index] ?? [] }, own: core }],
  )
  return {
    title: 'Start-up',
    blocks: [
      `A fresh process that imports the package, less an empty process (${figure(spreadOf(empty).median)} ms): median of ${rounds}. jobpass is loaded as it is published, from \`dist\`. The bundle is that of an application that trusts one CI, minified, without its framework.`,
      table(['', '× empty process', 'ms', 'p10–p90', 'bundle, kB gzip'], rows),
      reading(pairs),
      ...(missing.length === 0 ? [] : [`Not measured, because it is not built here: ${missing.join(', ')}.`]),
    ],
  }
}

/** The size of the bundle of an application in kB of 1000 bytes, without its framework. */
function bundled(set: Readonly<Record<string, string>>): string {
  const names = Object.keys(set)
  const external = frameworks.filter((each) => !names.some((name) => name.startsWith(`${each}/`)))
  const { outputFiles } = buildSync({
    stdin: {
      contents: names.map((name) => `export { ${set[name]} } from '${name}'`).join('\n'),
      resolveDir: folder,
    },
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    platform: 'node',
    external,
    logLevel: 'error',
  })
  return figure(gzipSync(outputFiles[0]?.contents ?? '').length / 1000)
}

/** Run time of a process in milliseconds. The Node conditions of this process are not passed on. */
function load(names: readonly string[]): number {
  const code = names.map((name) => `import ${JSON.stringify(name)}`).join('\n')
  const start = performance.now()
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', code], { cwd: folder })
  const took = performance.now() - start
  if (status !== 0) throw new Error(`${names.join(' + ')} does not load: ${String(stderr)}`)
  return took
}
