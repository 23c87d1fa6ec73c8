// The pieces for other platforms run as they are: with stubs of the platforms' programs that are as
// strict as their documentation, and against a real exchange and API.

import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { audience, createWorld } from '../action/world.ts'
import { documentsOf, Machine, root } from './platform.ts'

const world = await createWorld()
afterAll(() => world.close())

let machine: Machine
beforeEach(() => {
  world.seen.splice(0)
  machine = new Machine(world.ca)
})
afterEach(() => machine.remove())

const mint = (aud: string, branch = 'main') => world.mint({ aud, branch })
const claimsOf = (token: string): Readonly<Record<string, unknown>> =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Readonly<Record<string, unknown>>
const serviceToken = expect.toSatisfy((text: string) => claimsOf(text)['iss'] === world.issuer)
const hostile = `https://api.acme.dev/"'; $(touch hacked) \`touch hacked\``

interface RunStep {
  readonly environment?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
  readonly command: string
  readonly bash: string
}

describe('the CircleCI orb', () => {
  const [orb] = documentsOf('ci/circleci/orb.yml') as readonly {
    readonly commands: Readonly<
      Record<
        string,
        {
          readonly parameters: Readonly<Record<string, { readonly type: string; readonly default?: string }>>
          readonly steps: readonly { readonly run: RunStep }[]
        }
      >
    >
  }[]

  /** Runs a command of the orb with parameters, in a job whose steps share `BASH_ENV`. */
  function command(name: string, given: Readonly<Record<string, string>>) {
    const { parameters = {}, steps = [] } = orb?.commands[name] ?? {}
    const values = Object.entries(parameters).map(([id, { default: fallback }]) => [id, given[id] ?? fallback] as const)
    if (values.some(([, value]) => value === undefined)) throw new Error('A parameter is missing.')
    const environment = Object.entries(steps[0]?.run.environment ?? {}).map(([variable, text]) => {
      const [, id] = /^<< parameters\.([\w-]+) >>$/.exec(text) ?? []
      return [variable, values.find(([other]) => other === id)?.[1] ?? '']
    })
    const env = {
      ...(Object.fromEntries(environment) as Record<string, string>),
      BASH_ENV: join(machine.folder, 'env'),
    }
    return machine.run(steps[0]?.run.command ?? '', env)
  }
  const later = (script: string) => machine.run(script, { BASH_ENV: join(machine.folder, 'env') })
  beforeEach(() => writeFileSync(join(machine.folder, 'env'), ''))

  test('has commands, whose parameters have types and descriptions, and nothing that CircleCI does not know', () => {
    expect(Object.keys(orb ?? {})).toEqual(['version', 'description', 'display', 'commands'])
    expect(Object.keys(orb?.commands ?? {})).toEqual(['get-token', 'exchange'])
    for (const { parameters, steps, ...more } of Object.values(orb?.commands ?? {})) {
      expect(more).toEqual({ description: expect.stringMatching(/\.$/) })
      for (const { type, default: _, ...rest } of Object.values(parameters))
        expect([type, rest]).toEqual([
          expect.stringMatching(/^(?:string|env_var_name)$/),
          { description: expect.any(String) },
        ])
      expect(steps.map((step) => Object.keys(step))).toEqual([['run']])
      // A parameter in a script could be more than a text.
      expect(steps[0]?.run.command).not.toContain('<<')
    }
  })

  test('gives the steps that follow a token with the audience, and prints nothing', async () => {
    const token = await mint(audience)
    machine.offer(audience, token)
    expect(await command('get-token', { audience })).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(await later('printf %s "$JOBPASS_ID_TOKEN"')).toEqual({ code: 0, stdout: token, stderr: '' })
  })

  test('takes an audience as text, whatever is in it', async () => {
    const token = await mint(hostile)
    machine.offer(hostile, token)
    expect(await command('get-token', { audience: hostile, as: 'OTHER' })).toEqual({ code: 0, stdout: '', stderr: '' })
    expect((await later('printf %s "$OTHER"; ls')).stdout).toBe(
      `${token}${Buffer.from(hostile).toString('base64url')}\nenv\n`,
    )
  })

  test('exchanges the token, in a later step', async () => {
    machine.offer(world.issuer, await mint(world.issuer))
    await command('get-token', { audience: world.issuer })
    const outcome = await command('exchange', { url: `${world.issuer}/token`, audience, scope: 'publish' })
    expect(outcome).toEqual({ code: 0, stdout: '', stderr: '' })
    const call = `curl -sS --fail-with-body -X PUT -H "Authorization: Bearer $JOBPASS_SERVICE_TOKEN" ${world.issuer}/packages/shop`
    expect((await later(call)).stdout).toBe('published shop')
  })

  test('fails with a message if there is no token, and with the reason of the exchange', async () => {
    const none = await command('get-token', { audience })
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('CircleCI gave this job no token.')])
    const early = await command('exchange', { url: `${world.issuer}/token`, audience })
    expect([early.code, early.stderr]).toEqual([
      1,
      'JOBPASS_ID_TOKEN is empty: add the step get-token before this one.\n',
    ])
    machine.offer(world.issuer, await mint(world.issuer, 'feature'))
    await command('get-token', { audience: world.issuer })
    const refused = await command('exchange', { url: `${world.issuer}/token`, audience })
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringMatching(/The exchange gave no token: .*"feature"/),
    ])
    expect(machine.lines('env')).toHaveLength(1)
  })
})

describe('the Buildkite plugin', () => {
  const folder = 'ci/buildkite/jobpass-buildkite-plugin'
  const [plugin] = documentsOf(`${folder}/plugin.yml`) as readonly {
    readonly configuration: { readonly properties: Readonly<Record<string, object>> }
  }[]

  /** Runs the hook as the agent does, and then the command of the step. */
  function step(options: Readonly<Record<string, string>>, then: string) {
    const env = Object.entries(options).map(([name, value]) => {
      if (!Object.hasOwn(plugin?.configuration.properties ?? {}, name)) throw new Error(`no option ${name}`)
      return [`BUILDKITE_PLUGIN_JOBPASS_${name.toUpperCase().replaceAll('-', '_')}`, value]
    })
    const wrapper = `set +e; . '${root}${folder}/hooks/environment' || exit $?; ${then}`
    return machine.run(wrapper, Object.fromEntries(env) as Record<string, string>)
  }

  test('has the keys that Buildkite knows, and no other options than those that the hook reads', () => {
    expect(Object.keys(plugin ?? {})).toEqual(['name', 'description', 'author', 'requirements', 'configuration'])
    const hook = readFileSync(`${root}${folder}/hooks/environment`, 'utf8')
    const read = Array.from(hook.matchAll(/BUILDKITE_PLUGIN_JOBPASS_(\w+):-/g), ([, name = '']) => name)
    expect(Object.keys(plugin?.configuration.properties ?? {})).toEqual(
      read.map((name) => name.toLowerCase().replaceAll('_', '-')),
    )
  })

  test('gives the command a token with the audience, which the log hides', async () => {
    const token = await mint(audience)
    machine.offer(audience, token)
    expect(await step({ audience }, 'printenv JOBPASS_ID_TOKEN')).toEqual({ code: 0, stdout: `${token}\n`, stderr: '' })
    expect(machine.lines('redacted')).toEqual([token])
  })

  test('exchanges the token, and hides both', async () => {
    const token = await mint(world.issuer)
    machine.offer(world.issuer, token)
    const options = { audience, as: 'TOKEN', 'exchange-url': `${world.issuer}/token`, scope: 'publish' }
    const call = `curl -sS --fail-with-body -X PUT -H "Authorization: Bearer $TOKEN" ${world.issuer}/packages/shop`
    expect(await step(options, call)).toEqual({ code: 0, stdout: 'published shop', stderr: '' })
    expect(machine.lines('redacted')).toEqual([token, serviceToken])
  })

  test.each<readonly [what: string, options: Readonly<Record<string, string>>, message: string]>([
    ['there is no token', { audience }, 'jobpass: buildkite-agent gave this job no token.'],
    ['the audience is missing', {}, "jobpass: add the audience, such as 'https://api.acme.dev'."],
    [
      'the variable is more than a name',
      { audience, as: 'A=1; touch hacked' },
      "jobpass: 'as' must be the name of a variable.",
    ],
  ])('fails with a message if %s', async (_, options, message) => {
    const { code, stdout, stderr } = await step(options, 'echo ran')
    expect([code, stdout, stderr]).toEqual([1, '', expect.stringContaining(message)])
  })

  test('fails with the reason of the exchange', async () => {
    machine.offer(world.issuer, await mint(world.issuer, 'feature'))
    const { code, stdout, stderr } = await step({ audience, 'exchange-url': `${world.issuer}/token` }, 'echo ran')
    expect([code, stdout, stderr]).toEqual([1, '', expect.stringMatching(/the exchange gave no token: .*"feature"/)])
  })
})

describe('the Azure template', () => {
  const [template] = documentsOf('ci/azure/jobpass-token.yml') as readonly {
    readonly parameters: readonly { readonly name: string; readonly type: string; readonly default: string }[]
    readonly steps: readonly RunStep[]
  }[]
  // Azure's own tokens have another audience, which the exchange of this test does not trust.
  const fixed = world.issuer
  const server = createServer((request, response) => {
    const { method, url, headers } = request
    const asked = [method, url, headers['content-type'], headers['x-tfs-fedauthredirect'], headers['content-length']]
    const isDocumented =
      JSON.stringify(asked) ===
      JSON.stringify(['POST', '/oidctoken?api-version=7.1', 'application/json', 'Suppress', '0'])
    const branch =
      headers.authorization === 'Bearer access'
        ? 'main'
        : headers.authorization === 'Bearer other'
          ? 'feature'
          : undefined
    if (!isDocumented || branch === undefined) response.writeHead(401).end('{"message":"##vso[task.complete]Not you"}')
    else void mint(fixed, branch).then((oidcToken) => response.end(JSON.stringify({ oidcToken })))
  })
  beforeEach(async () => {
    if (!server.listening) await once(server.listen(0, '127.0.0.1'), 'listening')
  })
  afterAll(() => void server.close())

  function run(given: Readonly<Record<string, string>>, more: Readonly<Record<string, string>> = {}) {
    const { parameters = [], steps = [] } = template ?? {}
    const env = Object.entries(steps[0]?.env ?? {}).map(([variable, text]) => {
      const [, name] = /^\$\{\{ parameters\.(\w+) \}\}$/.exec(text) ?? []
      if (name === undefined) return [variable, text.replace('$(System.AccessToken)', 'access')]
      return [variable, given[name] ?? parameters.find((each) => each.name === name)?.default ?? '']
    })
    const uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/oidctoken`
    return machine.run(steps[0]?.bash ?? '', {
      ...(Object.fromEntries(env) as Record<string, string>),
      SYSTEM_OIDCREQUESTURI: uri,
      ...more,
    })
  }

  test('has the keys that Azure Pipelines knows, and no expression in its script', () => {
    expect(Object.keys(template ?? {})).toEqual(['parameters', 'steps'])
    for (const parameter of template?.parameters ?? [])
      expect(Object.keys(parameter)).toEqual(['name', 'displayName', 'type', 'default'])
    expect(template?.steps.map((step) => Object.keys(step))).toEqual([['bash', 'displayName', 'env']])
    expect(template?.steps[0]?.bash).not.toMatch(/\$\{\{|\$\(System|\$\[/)
  })

  test('puts the token into a secret variable, and prints it nowhere else', async () => {
    const { code, stdout, stderr } = await run({})
    const [, token = ''] = /^##vso\[task\.setsecret\](\S+)$/m.exec(stdout) ?? []
    expect(claimsOf(token)).toMatchObject({ aud: fixed })
    const lines = [
      `##vso[task.setsecret]${token}`,
      `##vso[task.setvariable variable=JOBPASS_ID_TOKEN;issecret=true]${token}`,
    ]
    expect([code, stdout.trim().split('\n'), stderr]).toEqual([0, lines, ''])
  })

  test('exchanges the token', async () => {
    const { code, stdout } = await run({
      as: 'TOKEN',
      exchangeUrl: `${world.issuer}/token`,
      audience,
      scope: 'publish',
    })
    const [, token = ''] = /^##vso\[task\.setvariable variable=TOKEN;issecret=true\](\S+)$/m.exec(stdout) ?? []
    expect([code, token]).toEqual([0, serviceToken])
  })

  test.each<
    readonly [
      what: string,
      given: Readonly<Record<string, string>>,
      env: Readonly<Record<string, string>>,
      message: string,
    ]
  >([
    [
      'the agent has no such endpoint',
      {},
      { SYSTEM_OIDCREQUESTURI: '' },
      'This agent has no SYSTEM_OIDCREQUESTURI: update it.',
    ],
    [
      'the endpoint refuses it, without the command in its answer',
      {},
      { SYSTEM_ACCESSTOKEN: 'none' },
      'Azure DevOps gave no token: {"message":"vso[task.complete]Not you"}',
    ],
    [
      'the variable is more than a name',
      { as: 'A;isOutput=true' },
      {},
      "The parameter 'as' must be the name of a variable.",
    ],
  ])('fails with a message if %s', async (_, given, env, message) => {
    const { code, stdout, stderr } = await run(given, env)
    expect([code, stdout, stderr]).toEqual([1, '', expect.stringContaining(message)])
  })

  test('fails with the reason of the exchange', async () => {
    const { code, stdout, stderr } = await run(
      { exchangeUrl: `${world.issuer}/token`, audience },
      { SYSTEM_ACCESSTOKEN: 'other' },
    )
    expect([code, stdout.includes('setvariable'), stderr]).toEqual([
      1,
      false,
      expect.stringMatching(/The exchange gave no token: .*"feature"/),
    ])
  })
})

describe('the steps for Bitbucket', () => {
  const [{ pipelines }] = documentsOf('ci/bitbucket/bitbucket-pipelines.yml') as [
    { readonly pipelines: { readonly branches: { readonly main: readonly { readonly step: BitbucketStep }[] } } },
  ]
  interface BitbucketStep {
    readonly oidc: { readonly audiences: readonly string[] }
    readonly script: readonly string[]
  }
  const steps = pipelines.branches.main.map(({ step }) => step)
  const run = (index: number, token: string) => {
    const script = (steps[index]?.script ?? [])
      .join('\n')
      .replaceAll(/https:\/\/(?:api|auth)\.acme\.dev\//g, `${world.issuer}/`)
    return machine.run(script, token === '' ? {} : { BITBUCKET_STEP_OIDC_TOKEN: token })
  }

  test('have the keys that Bitbucket knows', () => {
    expect(steps.map((step) => Object.keys(step))).toEqual([
      ['name', 'oidc', 'script'],
      ['name', 'oidc', 'script'],
    ])
    expect(steps.map(({ oidc }) => oidc)).toEqual([{ audiences: [audience] }, { audiences: ['https://auth.acme.dev'] }])
  })

  test('deploy with the token of the step, and publish with a service token', async () => {
    expect(await run(0, await mint(audience))).toEqual({ code: 0, stdout: 'deployed', stderr: '' })
    expect(await run(1, await mint(world.issuer))).toEqual({ code: 0, stdout: 'published shop', stderr: '' })
  })

  test('fail with a message if there is no token, and with the reason of the API or the exchange', async () => {
    for (const index of [0, 1]) {
      const { code, stderr } = await run(index, '')
      expect([code, stderr]).toEqual([1, expect.stringMatching(/^Bitbucket gave this step no token: add oidc, with/)])
    }
    const api = await run(0, await mint(audience, 'feature'))
    expect([api.code, api.stdout]).toEqual([22, expect.stringContaining('"actual":"feature"')])
    const exchange = await run(1, await mint(world.issuer, 'feature'))
    expect([exchange.code, exchange.stderr]).toEqual([
      1,
      expect.stringMatching(/The exchange gave no token: .*"feature"/),
    ])
  })
})
