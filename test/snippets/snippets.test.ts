// Every snippet runs as it is: with the platform's shell, curl and jq, against an emulator of the
// platform and a real API.

import { readdirSync } from 'node:fs'
import type { TokenFault } from '@jobpass/testing/node'
import { createTestIssuer } from '@jobpass/testing/node'
import { requireWorkload, workloadAuth } from '@jobpass/express'
import express from 'express'
import { afterAll, describe, expect, test } from 'vitest'
import type { AnyProvider, Preset } from '../providers/presets.ts'
import { presets } from '../providers/presets.ts'
import type { Snippet } from './platforms.ts'
import { snippets } from './platforms.ts'
import { findingsIn, lacks } from './programs.ts'
import type { Ended, ScriptJob } from './run-snippet.ts'
import { runScript } from './run-snippet.ts'
import { root, snippetOf } from './snippets.ts'

const cannotRun = ['bash', 'curl', 'jq'].map(lacks).includes(true)
const cannotCheck = lacks('shellcheck')

type Server = Awaited<ReturnType<Awaited<ReturnType<typeof createTestIssuer>>['listen']>>
const servers = new Map<string, Promise<Server>>()
afterAll(async () => {
  for (const server of servers.values()) await (await server).close()
})

function presetOf(id: string): Preset {
  const preset = presets.find(({ provider }) => provider.id === id)
  if (preset === undefined) throw new Error(`no provider ${id}`)
  return preset
}

function serverOf({ id }: Snippet): Promise<Server> {
  const { provider, fixture } = presetOf(id)
  const issuer = provider.issuer ?? fixture.issuer
  const server = servers.get(id) ?? createTestIssuer(provider, issuer ? { issuer } : {}).then((each) => each.listen())
  servers.set(id, server)
  return server
}

const usual = 'https://api.acme.dev'

const claimsOf = (token: string): Readonly<Record<string, unknown>> =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Readonly<Record<string, unknown>>

/** Fetches the documents of an issuer from the local one, which signs its tokens. */
const fetchOf =
  (server: Server): typeof fetch =>
  async (input) => {
    const [base = '', path] = String(input).split('/.well-known/')
    if (path === 'openid-configuration') return Response.json({ issuer: base, jwks_uri: `${base}/.well-known/jwks` })
    return fetch(`${server.issuer}/.well-known/jwks`)
  }

interface Run extends Ended {
  /** Calls that reached the API. */
  readonly calls: number
}

interface Setup {
  /** How the endpoint for tokens answers first. */
  readonly faults?: readonly TokenFault[]
  readonly permission?: false
  /** Whether the job is one that the rule refuses. */
  readonly refused?: true
  /** How many calls the API answers with 503 first. */
  readonly outages?: number
}

async function run(snippet: Snippet, { permission, refused, faults, outages = 0 }: Setup = {}): Promise<Run> {
  const { provider, fixture } = presetOf(snippet.id)
  const { audience = usual } = snippet
  const server = await serverOf(snippet)
  const iss = snippet.issuer === undefined ? {} : { iss: snippet.issuer }
  const { conditions, settings = {} } = fixture.rule
  const bind = (snippet.issuer === undefined ? server.provider : provider) as unknown as AnyProvider
  // A platform with a fixed audience derives it from its issuer.
  const own = claimsOf(await server.mint(iss))['aud']
  const rule = bind(conditions, 'audience' in settings ? { ...settings, audience: own } : settings)
  const miss = fixture.nearMisses.find(({ what, code }) =>
    snippet.refused === undefined ? code === undefined : what === snippet.refused[0],
  )
  const claims = {
    ...iss,
    ...(snippet.configured && { aud: audience }),
    ...(refused && miss?.claims),
  }
  const options = {
    ...(refused && miss?.trigger && { trigger: miss.trigger as never }),
    ...(snippet.variable && { variable: snippet.variable }),
    ...(permission === false && { permission }),
    ...(faults && { faults }),
  }
  const job: ScriptJob = snippet.id === 'harness' ? { env: {}, places: {} } : await server.startJob(claims, options)

  let calls = 0
  const app = express()
  app.post('/ng/api/oidc/id-token/custom', async (_req, res) => {
    if (permission === false) res.status(400).json({ status: 'ERROR' })
    else res.json({ data: await server.mint({ aud: audience, ...claims }, options) })
  })
  app.use((_req, res, next) => {
    calls++
    if (calls > outages) next()
    else res.status(503).set('Retry-After', '1').json({ code: 'issuer_unavailable' })
  })
  app.use(workloadAuth({ audience, trust: rule, fetch: fetchOf(server) }))
  app.post('/deploy', requireWorkload(rule), (_req, res) => void res.json({ deployed: true }))
  const { code, screen } = await runScript(scriptIn(snippet, job), snippet.shell, job, app)
  return { code, screen, calls }
}

/** The snippet, with files and sockets of the platform at their place on this machine. */
function scriptIn({ id }: Snippet, { env, places }: ScriptJob): string {
  const moved = { '/var/run/acme/token': env['JOBPASS_ID_TOKEN_FILE'] ?? '/var/run/acme/token', ...places }
  return Object.entries(moved)
    .filter(([place]) => place.startsWith('/'))
    .reduce((script, [place, here]) => script.replaceAll(place, here), snippetOf(id) ?? '')
}

/** The screen without the lines in which the runner learns to hide the token. */
const visible = (screen: string): string => screen.replaceAll(/^(?:::add-mask::|##vso\[task\.setsecret\]).*$/gm, '')

describe.skipIf(cannotRun).concurrent.each(snippets)('the snippet of $id', (snippet) => {
  test('gets a token, calls the API and prints its answer', async ({ expect }) => {
    const { code, screen, calls } = await run(snippet)
    expect([code, screen, calls]).toEqual([0, expect.stringContaining('{"deployed":true}'), 1])
    expect(screen.includes(`${snippet.mask ?? '::add-mask::'}eyJ`)).toBe(snippet.mask !== undefined)
    expect(visible(screen)).not.toContain('eyJ')
  })

  test('fails when the API refuses the job, and prints the failed check', async ({ expect }) => {
    const { code, screen, calls } = await run(snippet, { refused: true })
    expect([code, calls]).toEqual([22, 1])
    expect(screen).toContain('"code":"workload_forbidden"')
    if (snippet.refused) expect(screen).toContain(`"checks":[{"field":"${snippet.refused[1]}"`)
    expect(visible(screen)).not.toContain('eyJ')
  })

  test('stops without a token, says why, and does not call the API', async ({ expect }) => {
    const { code, screen, calls } = await run(snippet, { permission: false })
    expect([code === 0, screen, calls]).toEqual([false, expect.stringContaining(snippet.missing), 0])
  })

  test('calls again when an issuer was down, and is admitted', async ({ expect }) => {
    const { code, screen, calls } = await run(snippet, { outages: 1 })
    expect([code, screen, calls]).toEqual([0, expect.stringContaining('{"deployed":true}'), 2])
  })
})

const github = snippets.filter(({ id }) => id === 'github-actions')

describe.skipIf(cannotRun).each(github)('the endpoint for tokens of $id', (snippet) => {
  test('is asked again when it was down, and what it said then is not taken for a token', async () => {
    const { code, screen, calls } = await run(snippet, { faults: [{ status: 503, retryAfter: 1 }] })
    expect([code, screen, calls]).toEqual([0, expect.stringContaining('{"deployed":true}'), 1])
    expect(visible(screen)).not.toContain('eyJ')
  })

  test('refuses the job, and the screen shows its reason', async () => {
    const { code, screen, calls } = await run(snippet, { faults: [{ status: 403 }] })
    expect([code === 0, screen, calls]).toEqual([false, expect.stringContaining('{"message":"try again later"}'), 0])
  })
})

test.skipIf(cannotCheck).each(snippets)(
  'shellcheck finds nothing in the snippet of $id',
  ({ id, shell: [dialect] }) => {
    expect(findingsIn(snippetOf(id) ?? '', dialect)).toBe('')
  },
)

test('every page has a snippet that runs here, except two whose programs run in another file', () => {
  const ids = readdirSync(`${root}docs/providers`).map((name) => name.replace(/\.md$/, ''))
  const others = ids.filter((id) => !snippets.some((snippet) => snippet.id === id))
  expect(others).toEqual(['README', 'deno-deploy', 'vercel'])
  expect(snippets.filter(({ id }) => snippetOf(id) === undefined)).toEqual([])
})
