// `jobpass doctor` as a program: folders with packages and policies, and issuers on this machine.

import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { gitlab } from '@jobpass/core'
import { createTestIssuer } from '@jobpass/testing'
import { generate } from 'selfsigned'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Program, Run } from './program.ts'
import { bundleProgram, hasTerminals } from './program.ts'
import { matchesSchema } from './schemas.ts'

interface Check {
  readonly name: string
  readonly status: string
  readonly text: string
  readonly fix?: string
}

let program: Program

beforeAll(async () => {
  program = await bundleProgram()
})
afterAll(() => program.remove())
beforeEach(() => void mkdirSync(program.folder, { recursive: true }))
afterEach(() => rmSync(program.folder, { recursive: true }))

/** Runs it with `--json`, and returns the checks by name. */
async function check(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { out, err, code } = await program.run(['doctor', '--json', ...args], { env })
  expect(err).toBe('')
  const answer = JSON.parse(out) as { readonly healthy: boolean; readonly checks: readonly Check[] }
  await matchesSchema(program, 'doctor', answer)
  const found = Object.fromEntries(answer.checks.map(({ name, ...rest }) => [name, rest]))
  return { code, healthy: answer.healthy, found }
}

const install = (folder: string, version: string, name = '@jobpass/core'): string =>
  program.write(join(folder, 'package.json'), JSON.stringify({ name, version }))

const link = (to: string, at: string): void => {
  mkdirSync(join(program.folder, dirname(at)), { recursive: true })
  symlinkSync(join(program.folder, to), join(program.folder, at))
}

const policy = (more = ''): string =>
  program.write('policy.yaml', `rules:\n  deploy:\n    provider: gitlab\n    ownerId: '99'\n    branch: main\n${more}`)

test('a folder with a policy and one copy has no problem', async () => {
  policy()
  install('node_modules/@jobpass/core', '1.2.3')
  const { code, healthy, found } = await check(['--audience', 'https://api.acme.dev'])
  expect([code, healthy]).toEqual([0, true])
  expect(found).toMatchObject({
    node: { status: 'ok', text: `Node ${process.versions.node}` },
    copies: { status: 'ok', text: 'one copy of @jobpass/core, 1.2.3' },
    policy: { status: 'ok', text: 'policy.yaml is valid' },
    audience: { status: 'ok', text: 'https://api.acme.dev' },
    keys: { status: 'skipped', text: 'nothing was fetched' },
  })
})

test('an empty folder has no problem, and says what was not checked', async () => {
  const { code, found } = await check([])
  expect(code).toBe(0)
  expect(Object.entries(found).map(([name, { status }]) => [name, status])).toEqual([
    ['node', 'ok'],
    ['copies', 'skipped'],
    ['policy', 'skipped'],
    ['audience', 'skipped'],
    ['keys', 'skipped'],
  ])
})

describe('copies of core', () => {
  test('two, one below another package, are a problem with both places', async () => {
    install('node_modules/@jobpass/core', '1.2.3')
    install('node_modules/@jobpass/express', '1.3.0', '@jobpass/express')
    install('node_modules/@jobpass/express/node_modules/@jobpass/core', '1.3.0')
    const { code, found } = await check([])
    expect(code).toBe(1)
    expect(found['copies']).toMatchObject({
      status: 'problem',
      text: '2 copies of @jobpass/core: 1.2.3 in node_modules/@jobpass/core, 1.3.0 in node_modules/@jobpass/express/node_modules/@jobpass/core',
    })
  })

  test('two in the store of pnpm, with links to them and in a circle, are a problem', async () => {
    for (const version of ['1.2.3', '1.3.0'])
      install(`node_modules/.pnpm/@jobpass+core@${version}/node_modules/@jobpass/core`, version)
    const store = 'node_modules/.pnpm/@jobpass+core@1.3.0/node_modules/@jobpass/core'
    link(store, 'node_modules/@jobpass/core')
    link(store, `${store}/node_modules/@jobpass/core`)
    link('nowhere', 'node_modules/broken')
    const { code, found } = await check([])
    expect(code).toBe(1)
    expect(found['copies']?.text).toMatch(/^2 copies of @jobpass\/core: 1\.2\.3 in \S+, 1\.3\.0 in \S+core$/)
  })

  test('two that the packages of a workspace lead to are a problem, whatever else the store holds', async () => {
    const inStore = (name: string, version: string): string =>
      `node_modules/.pnpm/${name.replace('/', '+')}@${version}/node_modules/${name}`
    for (const version of ['1.2.3', '1.3.0', '1.4.0']) install(inStore('@jobpass/core', version), version)
    for (const [name, version, core] of [
      ['@jobpass/express', '1.3.0', '1.3.0'],
      ['@jobpass/policy', '1.2.3', '1.2.3'],
    ] as const) {
      const store = inStore(name, version)
      install(store, version, name)
      link(inStore('@jobpass/core', core), join(dirname(dirname(store)), '@jobpass/core'))
      link(store, `packages/api/node_modules/${name}`)
    }
    const { out, code } = await program.run(['doctor'], { cwd: join(program.folder, 'packages/api') })
    expect(code).toBe(1)
    expect(out).toContain('2 copies of @jobpass/core: 1.2.3 in ')
  })

  test('are looked for in the nearest folder above that has packages', async () => {
    install('node_modules/@jobpass/core', '1.2.3')
    program.write('packages/api/package.json', '{}')
    const { out } = await program.run(['doctor'], { cwd: join(program.folder, 'packages/api') })
    expect(out).toContain('one copy of @jobpass/core, 1.2.3')
  })

  test('one copy under another name is found, next to a package whose package.json cannot be read', async () => {
    install('node_modules/aliased', '1.2.3')
    program.write('node_modules/broken/package.json', '{"name":"@jobpass/core"')
    program.write('node_modules/other/package.json', '{"name":"other","dependencies":{"@jobpass/core":"1"}}')
    const { found } = await check([])
    expect(found['copies']).toMatchObject({ status: 'ok', text: 'one copy of @jobpass/core, 1.2.3' })
  })
})

describe('the policy', () => {
  test('that is invalid is a problem on one line with its place', async () => {
    program.write('policy.yaml', 'rules:\n  deploy:\n    provider: gitlab\n    branches: main\n    owner: 7\n')
    const { code, found } = await check([])
    expect(code).toBe(1)
    expect(found['policy']?.text).toMatch(/^The policy has 2 faults: policy\.yaml:4:5 .* policy\.yaml:5:12 .*$/)
  })

  test('that a flag names and that is missing is a problem', async () => {
    const { code, found } = await check(['--policy', 'other.yaml'])
    expect([code, found['policy']]).toEqual([1, { status: 'problem', text: 'other.yaml: there is no such file' }])
  })

  test('that only reports is a problem, since a server would trust no job', async () => {
    policy('    reportOnly: true\n')
    const { code, found } = await check([])
    expect([code, found['trust']?.status]).toEqual([1, 'problem'])
  })
})

test.each([
  ['https://gitlab.com', 'platforms give by default'],
  ['sts.amazonaws.com', 'platforms give by default'],
  ['https://*.acme.dev', 'is a pattern'],
  ['http://api.acme.dev', 'is a URL without TLS'],
  ['https://', 'begins like a URL but is not a valid one'],
  ['my api', 'easily mistyped'],
])('the audience %j is a problem (%s)', async (audience, text) => {
  policy()
  const { code, found } = await check(['--audience', audience])
  expect([code, found['audience']]).toMatchObject([
    1,
    { status: 'problem', text: expect.stringContaining(text) as string },
  ])
})

describe('with --online', () => {
  let server: Server
  let env: Readonly<Record<string, string>>
  let issuer: string
  /** Seconds by which the issuer is behind. */
  let late = 0

  beforeAll(async () => {
    const pems = await generate([{ name: 'commonName', value: 'localhost' }], {
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
    })
    server = createServer({ key: pems.private, cert: pems.cert })
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
    issuer = `https://localhost:${(server.address() as AddressInfo).port}`
    const local = await createTestIssuer(gitlab, { issuer })
    const answer = async (path: string, res: ServerResponse): Promise<void> => {
      const document = await local.fetch(issuer + path)
      const date = new Date(Date.now() - late * 1000).toUTCString()
      res.writeHead(document.status, { 'content-type': 'application/json', date })
      res.end(await document.text())
    }
    server.on('request', (req, res) => void answer(req.url ?? '', res))
    const ca = join(dirname(dirname(program.file)), 'ca.pem')
    writeFileSync(ca, pems.cert)
    env = { NODE_EXTRA_CA_CERTS: ca }
  })
  afterAll(() => server.close())
  beforeEach(() => {
    late = 0
    policy(`    issuer: ${issuer}\n`)
  })

  test('the keys of the issuer are fetched, and the clocks agree', async () => {
    const { code, found } = await check(['--online'], env)
    expect(found).toMatchObject({
      keys: { status: 'ok', text: `${issuer}: 1 key` },
      clock: { status: 'ok', text: `${issuer}: the same time as here` },
    })
    expect(code).toBe(0)
  })

  test('a clock that is off is a problem', async () => {
    late = 300
    const { code, found } = await check(['--online'], env)
    expect([code, found['clock']]).toMatchObject([
      1,
      { status: 'problem', text: expect.stringMatching(/: this machine is (?:299|300) s ahead$/) as string },
    ])
  })

  test('an issuer that does not answer exits with 4 and the reason, and with 1 together with a problem', async () => {
    policy('    issuer: https://localhost:9\n')
    const away = await check(['--online'], env)
    expect([away.code, away.healthy]).toEqual([4, false])
    expect(away.found['keys']).toMatchObject({
      status: 'unreachable',
      text: expect.stringContaining('https://localhost:9: no keys, ') as string,
    })
    const both = await check(['--online', '--audience', 'https://gitlab.com'], env)
    expect(both.code).toBe(1)
  })

  test('a certificate that this machine does not trust is named as the reason', async () => {
    const { code, found } = await check(['--online'])
    expect([code, found['keys']?.text]).toEqual([4, expect.stringContaining('SELF_SIGNED_CERT')])
  })

  test('without a policy, there is no issuer to ask', async () => {
    rmSync(join(program.folder, 'policy.yaml'))
    const { code, found } = await check(['--online'], env)
    expect([code, found['keys']?.status]).toEqual([0, 'skipped'])
  })
})

test('without --json, prints a line for each check', async () => {
  policy()
  const { out, code } = await program.run(['doctor', '--audience', 'https://gitlab.com'])
  expect(code).toBe(1)
  const lines = out.trimEnd().split('\n')
  expect(lines).toHaveLength(5)
  expect(lines[2]).toBe('✓ policy   policy.yaml is valid')
  expect(lines[3]).toMatch(/^✗ audience .* → choose a name of the API, such as 'https:\/\/api\.acme\.dev'$/)
})

test.skipIf(!hasTerminals)('a terminal of 20 columns shows the same, with colours unless NO_COLOR is set', async () => {
  policy()
  const args = ['doctor', '--audience', 'https://api.acme.dev']
  const piped = await program.run(args)
  const shown = async (env: Readonly<Record<string, string>>): Promise<Run> =>
    program.runInTerminal(args, { columns: 20, env })
  const colourful = await shown({})
  expect([colourful.code, colourful.out]).toEqual([0, expect.stringContaining('\u001b[32m✓\u001b[39m node')])
  expect((await shown({ NO_COLOR: '1' })).out.replaceAll('\r\n', '\n')).toBe(piped.out)
})
