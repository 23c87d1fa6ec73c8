// Policy documents across packages: on routes of real servers, the shipped schema, and imports
// between packages.

import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createAdaptorServer } from '@hono/node-server'
import { githubActions } from '@jobpass/core'
import type { VerdictEvent } from '@jobpass/core'
import * as onExpress from '@jobpass/express'
import * as onHono from '@jobpass/hono'
import * as onKoa from '@jobpass/koa'
import { lintRules, loadPolicy, policySchema } from '@jobpass/policy'
import { watchPolicy } from '@jobpass/policy/file'
import { createTestIssuer } from '@jobpass/testing'
import type { RequestListener } from 'node:http'
import express from 'express'
import { Hono } from 'hono'
import Koa from 'koa'
import { format, resolveConfig } from 'prettier'
import supertest from 'supertest'
import { presets } from './providers/presets.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const audience = 'https://api.acme.dev'
const trust = githubActions({ ownerId: '1234567' })
const issuer = await createTestIssuer(githubActions)
const tokens = {
  main: await issuer.mint({ aud: audience, ref: 'refs/heads/main' }),
  next: await issuer.mint({ aud: audience, ref: 'refs/heads/next' }),
}

const policyOf = (deploy: string, confirm: string): string =>
  ['rules:', `  deploy: { provider: github-actions, repository: acme/shop, branch: ${deploy} }`]
    .concat(`  confirm: { provider: github-actions, repository: acme/shop, branch: ${confirm} }\n...\n`)
    .join('\n')

describe('one request sees one version of a policy, even during a reload', () => {
  let folder: string
  let file: string
  let between: () => void
  let app: express.Express
  let policy: ReturnType<typeof watchPolicy<readonly [typeof githubActions]>>
  const errors: string[] = []
  const seen: VerdictEvent[] = []

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'jobpass-policy-'))
    file = join(folder, 'policy.yaml')
  })
  afterAll(() => rmSync(folder, { recursive: true }))
  beforeEach(() => {
    writeFileSync(file, policyOf('main', 'main'))
    between = () => {}
    errors.length = seen.length = 0
    policy = watchPolicy(file, { providers: [githubActions], onError: ({ message }) => void errors.push(message) })
    policy.close()
    app = express()
    app.use(
      onExpress.workloadAuth({ audience, trust, fetch: issuer.fetch, onVerdict: (event) => void seen.push(event) }),
    )
    app.post(
      '/deploy',
      onExpress.requireWorkload(policy.rules('deploy')),
      (_req, _res, next) => {
        between()
        next()
      },
      onExpress.requireWorkload(policy.rules('confirm')),
      onExpress.requireWorkload(policy.rules('deploy')),
      (req, res) => void res.json({ branch: onExpress.getWorkload(req).branch }),
    )
  })
  const call = async (branch: keyof typeof tokens): Promise<number> => {
    const { status } = await supertest(app).post('/deploy').auth(tokens[branch], { type: 'bearer' })
    return status
  }
  const reload = (text: string) => () => {
    writeFileSync(file, text)
    policy.reload()
  }

  test('a request keeps the rules that it started with, and the next request gets the new ones', async () => {
    between = reload(policyOf('next', 'next'))
    expect(await call('main')).toBe(200)
    const fingerprints = seen.filter(({ layer }) => layer === 'route').map(({ verdict }) => verdict?.fingerprint)
    expect(fingerprints).toHaveLength(3)
    expect(fingerprints[0]).toBe(fingerprints[2])
    between = () => {}
    expect([await call('main'), await call('next')]).toEqual([403, 200])
  })

  test('no job is admitted by the first rules of one version and the last of another', async () => {
    writeFileSync(file, policyOf('main', 'next'))
    policy.reload()
    between = reload(policyOf('next', 'main'))
    expect(await call('main')).toBe(403)
    expect(await call('next')).toBe(403)
  })

  test('a version that is invalid, lacks a name, or is missing changes nothing', async () => {
    for (const text of [
      '',
      'rules: {',
      policyOf('main', 'main').replace('confirm', 'confirmed'),
      policyOf('[]', 'x'),
    ]) {
      between = reload(text)
      expect([await call('main'), await call('next')]).toEqual([200, 403])
    }
    between = () => {}
    rmSync(file)
    expect(policy.reload()).toBe(false)
    expect([await call('main'), await call('next')]).toEqual([200, 403])
    expect(errors).toHaveLength(5)
  })
})

describe('rules(name) guards a route', () => {
  const policy = loadPolicy(
    {
      rules: {
        deploy: [
          { provider: 'github-actions', repository: 'acme/shop', branch: 'main' },
          { provider: 'github-actions', repository: 'acme/shop', branch: 'next', reportOnly: true },
        ],
      },
    },
    { providers: [githubActions] },
  )
  const seen: VerdictEvent[] = []
  const options = {
    audience,
    trust,
    fetch: issuer.fetch,
    onVerdict: (event: VerdictEvent): void => void seen.push(event),
  }

  const servers: Readonly<Record<string, () => RequestListener | ReturnType<typeof createAdaptorServer>>> = {
    Express: () => {
      const app = express()
      app.use(onExpress.workloadAuth(options))
      app.post('/deploy', onExpress.requireWorkload(policy.rules('deploy')), (req, res) => {
        res.send(onExpress.getWorkload(req).repository)
      })
      return app
    },
    Koa: () => {
      const app = new Koa()
      app.use(onKoa.workloadAuth(options))
      app.use(onKoa.requireWorkload(policy.rules('deploy')))
      app.use((ctx) => {
        ctx.body = onKoa.getWorkload(ctx).repository
      })
      return app.callback()
    },
    Hono: () => {
      const app = new Hono()
      app.use(onHono.workloadAuth(options))
      app.post('/deploy', onHono.requireWorkload(policy.rules('deploy')), (c) => c.text(c.var.workload.repository))
      return createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false })
    },
  }

  test.each(Object.entries(servers))(
    'rules(name) guards a route in %s, also with report-only rules',
    async (_, start) => {
      const server = supertest(start())
      seen.length = 0
      const allowed = await server.post('/deploy').auth(tokens.main, { type: 'bearer' })
      const refused = await server.post('/deploy').auth(tokens.next, { type: 'bearer' })
      expect([allowed.status, allowed.text, refused.status]).toEqual([200, 'acme/shop', 403])
      expect(refused.body).toMatchObject({ code: 'workload_forbidden' })
      const routeEvents = seen.filter(({ layer }) => layer === 'route')
      expect(routeEvents.map((event) => [event.allowed, event.reported?.allowed])).toEqual([
        [true, false],
        [false, true],
      ])
    },
  )

  test('a policy lists its rules for the linter, by name', () => {
    expect(lintRules({ routes: policy.entries }).every(({ where }) => where.startsWith('routes.deploy['))).toBe(true)
  })
})

describe('the policy package', () => {
  test('the shipped schema is generated from the tables of the built-in providers', async () => {
    const path = `${root}packages/policy/policy.schema.json`
    const schema = JSON.stringify(policySchema(presets.map(({ provider }) => provider)))
    await expect(await format(schema, { ...(await resolveConfig(path)), parser: 'json' })).toMatchFileSnapshot(path)
  })

  test('the schema can be imported by its name', () => {
    const { exports, publishConfig, files } = JSON.parse(
      readFileSync(`${root}packages/policy/package.json`, 'utf8'),
    ) as {
      exports: Record<string, unknown>
      publishConfig: { exports: Record<string, unknown> }
      files: string[]
    }
    expect(files).toContain('policy.schema.json')
    for (const map of [exports, publishConfig.exports]) expect(map['./policy.schema.json']).toBe('./policy.schema.json')
    expect(realpathSync(fileURLToPath(import.meta.resolve('@jobpass/policy/policy.schema.json')))).toBe(
      `${root}packages/policy/policy.schema.json`,
    )
  })

  const sources = readdirSync(`${root}packages/policy/src`).filter((name) =>
    /^(?!.*\.test(-d)?\.ts$).*\.ts$/.test(name),
  )
  const importsOf = (name: string): string[] =>
    Array.from(
      readFileSync(`${root}packages/policy/src/${name}`, 'utf8').matchAll(
        /^(?:import|export)\b[^;]*? from '([^']+)'/gms,
      ),
      ([, from]) => from ?? '',
    )

  test('the package imports core and yaml, and Node only where files are read', () => {
    const imported = (names: readonly string[]): string[] =>
      [...new Set(names.flatMap(importsOf).filter((from) => !from.startsWith('.')))].toSorted()
    const reading = ['file.ts', 'read-file.ts', 'whole.ts']
    expect(imported(sources.filter((name) => !reading.includes(name)))).toEqual([
      '@jobpass/core',
      '@jobpass/core/internal',
      'yaml',
    ])
    expect(imported(reading)).toEqual(['@jobpass/core', '@jobpass/core/internal', 'node:fs', 'node:path', 'node:url'])
    const elsewhere = sources.filter((name) => !reading.includes(name)).flatMap(importsOf)
    expect(elsewhere.filter((from) => reading.includes(from.slice('./'.length)))).toEqual([])
  })
})
