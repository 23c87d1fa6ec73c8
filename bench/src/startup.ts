/**
 * Time that a new process needs to load a package: its run time minus that of an empty process in
 * the same round.
 */

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { isBuilt } from './published.ts'
import { spreadOf } from './measure/stats.ts'
import { reading } from './report/reading.ts'
import type { Section } from './report/section.ts'
import { figure, range, table } from './report/table.ts'

const folder = fileURLToPath(new URL('..', import.meta.url))

/** Packages that are loaded together. */
const sets: readonly (readonly string[])[] = [
  ['@jobpass/core'],
  ['@jobpass/express'],
  ['@jobpass/koa'],
  ['@jobpass/hono'],
  ['jose'],
  ['fast-jwt'],
  ['aws-jwt-verify'],
  ['jsonwebtoken'],
  ['hono/jwk', 'hono/jwt'],
  ['express-jwt', 'jwks-rsa'],
  ['koa-jwt', 'jwks-rsa'],
  ['express-oauth2-jwt-bearer'],
  ['@okta/jwt-verifier'],
]

export function startup(quick: boolean): Section {
  const rounds = quick ? 1 : 9
  const missing = sets.flat().filter((name) => !isBuilt(name))
  const measured = sets.filter((names) => !names.some((name) => missing.includes(name)))
  const times = measured.map((): number[] => [])
  const empty: number[] = []
  for (let round = 0; round < rounds; round++) {
    const none = load([])
    empty.push(none)
    measured.forEach((names, index) => times[index]?.push(load(names) - none))
  }
  const rows = measured.map((names, index) => {
    const spread = spreadOf(times[index] ?? [])
    return [names.join(' + '), figure(spread.median / spreadOf(empty).median), figure(spread.median), range(spread)]
  })
  const core = {
    name: '@jobpass/core',
    readings: times[measured.findIndex(([name]) => name === '@jobpass/core')] ?? [],
  }
  const pairs = measured.flatMap((names, index) =>
    names[0]?.startsWith('@jobpass/')
      ? []
      : [{ what: 'start-up', peer: { name: names.join(' + '), readings: times[index] ?? [] }, own: core }],
  )
  return {
    title: 'Start-up',
    blocks: [
      `A fresh process that imports the package, less an empty process (${figure(spreadOf(empty).median)} ms): median of ${rounds}. jobpass is loaded as it is published, from \`dist\`.`,
      table(['', '× empty process', 'ms', 'p10–p90'], rows),
      reading(pairs),
      ...(missing.length === 0 ? [] : [`Not measured, because it is not built here: ${missing.join(', ')}.`]),
    ],
  }
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
