// `jobpass serve` as a program: its guards, what it says of a caller, and how it is operated.

import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { renameSync } from 'node:fs'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { identityHeaders } from '@jobpass/cli/internal'
import { githubActions } from '@jobpass/core'
import { createTestIssuer } from '@jobpass/testing/node'
import { createLocalJWKSet, createRemoteJWKSet, jwtVerify } from 'jose'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { answers, send } from '../forward-auth/rig.ts'
import type { Got, Sent } from '../forward-auth/rig.ts'
import { freePort } from '../replay/redis-server.ts'
import type { Program } from './program.ts'
import { bundleProgram } from './program.ts'
import type { Running } from './running.ts'
import { start } from './running.ts'
import { matchesSchema } from './schemas.ts'

const audience = 'https://api.acme.dev'
const issuer = await (await createTestIssuer(githubActions)).listen()
const tokens = {
  main: await issuer.mint({ aud: audience }),
  dev: await issuer.mint({ aud: audience, branch: 'dev' }),
  umlaut: await issuer.mint({ aud: audience, branch: 'für/100%' }),
  stranger: await issuer.mint({ aud: audience, repository_owner_id: '999', repository_id: '1' }),
}

const rule = (branch: string): string => `provider: github-actions, repositoryId: '74205118', branch: ${branch}`
const policyOf = (deploy: string): string =>
  `rules:\n  deploy: { ${rule(deploy)} }\n  team/read: { provider: github-actions, ownerId: '1234567' }\n...\n`

let program: Program
beforeAll(async () => {
  program = await bundleProgram()
})
afterAll(async () => {
  program.remove()
  await issuer.close()
})

let guard: Running
let port: number
const serve = async (...args: readonly string[]): Promise<void> => {
  const given = ['--audience', audience, '--issuer', issuer.issuer, '--port', '0']
  guard = await start(program, ['serve', 'policy.yaml', ...given, ...args], '/trust')
  port = Number(/127\.0\.0\.1:(\d+)/.exec(guard.out)?.[1])
}
beforeEach(() => void program.write('policy.yaml', policyOf('main')))
afterEach(async () => {
  issuer.misbehave(undefined)
  await guard.stop('SIGKILL')
})

const ask = (path: string, token?: string, sent: Partial<Sent> = {}): Promise<Got> =>
  send(port, {
    path,
    ...sent,
    headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...sent.headers },
  })
const statusOf = async (path: string, token?: string): Promise<number | undefined> => (await ask(path, token)).status
const read = async (path: string): Promise<string> => (await ask(path)).body

/** Replaces the policy as editors and ConfigMaps do. */
function replacePolicy(content: string): void {
  renameSync(program.write('policy.new', content), `${program.folder}/policy.yaml`)
}

describe('the guards', () => {
  test.each([
    ['/guards/deploy', 200, 403, 403],
    ['/guards/team/read', 200, 200, 403],
    ['/trust', 200, 200, 403],
  ] as const)('%s decides by its rules', async (path, main, dev, stranger) => {
    await serve()
    const { main: ofMain, dev: ofDev, stranger: ofStranger } = tokens
    const found = [await statusOf(path, ofMain), await statusOf(path, ofDev), await statusOf(path, ofStranger)]
    expect(found).toEqual([main, dev, stranger])
    expect(await statusOf(path)).toBe(401)
    expect(await statusOf(path, 'a b')).toBe(400)
  })

  test.each([
    '/',
    '/guards',
    '/guards/',
    '/guards/none',
    '/guards/deploy/',
    '/guards/team',
    '/guards/deploy%20',
    '//trust',
  ])('%s is no guard, and admits nothing', async (path) => {
    await serve()
    const { status, headers, body } = await ask(path, tokens.main)
    expect([status, headers['content-type']]).toEqual([404, 'application/problem+json'])
    expect(JSON.parse(body)).toEqual({ title: 'Not Found', status: 404, detail: 'There is no such guard.' })
  })

  test('any method is answered, and a body is not needed', async () => {
    await serve()
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PROPFIND'])
      expect((await ask('/guards/deploy', tokens.main, { method })).status).toBe(200)
  })

  test('what Envoy appends behind a question mark chooses no other guard', async () => {
    await serve()
    expect(await statusOf('/guards/deploy?/guards/team/read', tokens.dev)).toBe(403)
    await guard.logged('workload_forbidden')
    expect(guard.err).toContain('GET /guards/team/read at the guard the rules "deploy"')
  })

  test('--trust names the rules that every caller must match', async () => {
    await serve('--trust', 'deploy')
    expect(await statusOf('/guards/team/read', tokens.dev)).toBe(403)
    expect(await statusOf('/guards/team/read', tokens.main)).toBe(200)
  })

  test('two credentials in one request are refused', async () => {
    await serve()
    const authorization = ['Authorization', `Bearer ${tokens.main}`]
    const rawHeaders = ['Host', 'guard', ...authorization, ...authorization]
    expect((await send(port, { path: '/trust', rawHeaders })).status).toBe(400)
  })

  test('a client that goes away with half of its request does no harm', async () => {
    await serve()
    const head = `Host: guard\r\nAuthorization: Bearer ${tokens.main}\r\nContent-Length: 100\r\n\r\nhalf`
    for (const begun of [`POST /guards/deploy HTTP/1.1\r\n${head}`, 'POST /guards/deploy HTTP/1.1\r\nHost:']) {
      const socket = connect(port, '127.0.0.1')
      socket.write(begun)
      await once(socket, 'connect')
      socket.resetAndDestroy()
    }
    expect(await statusOf('/guards/deploy', tokens.main)).toBe(200)
    expect(guard.err).toBe('')
  })

  test('a token that is longer than any server takes has its own code', async () => {
    await serve()
    const { status, body } = await ask('/trust', 'a'.repeat(40_000))
    expect([status, (JSON.parse(body) as { readonly code: string }).code]).toEqual([401, 'token_malformed'])
  })
})

describe('the identity as headers', () => {
  test('every admission has all of them, and absent facts are empty', async () => {
    await serve()
    const { status, headers, body } = await ask('/guards/deploy', tokens.main)
    const identity = Object.fromEntries(
      identityHeaders.map((header) => [header, headers[header.toLowerCase()]] as const),
    )
    expect([status, headers['cache-control'], body]).toEqual([200, 'no-store', ''])
    expect(identity).toEqual({
      'Jobpass-Guard': 'deploy',
      'Jobpass-Identity': '',
      'Jobpass-Provider': 'github-actions',
      'Jobpass-Issuer': issuer.issuer,
      'Jobpass-Subject': 'repo:acme/shop:ref:refs/heads/main',
      'Jobpass-Owner': 'acme',
      'Jobpass-Owner-Id': '1234567',
      'Jobpass-Repository': 'acme/shop',
      'Jobpass-Repository-Id': '74205118',
      'Jobpass-Project': '',
      'Jobpass-Project-Id': '',
      'Jobpass-Ref': 'refs/heads/main',
      'Jobpass-Branch': 'main',
      'Jobpass-Tag': '',
      'Jobpass-Ref-Protected': 'true',
      'Jobpass-Commit': '6f0c2d9b1e7a4c58d3b29f11a0c4e8d7b6a59310',
      'Jobpass-Pull-Request': '',
      'Jobpass-Environment': '',
      'Jobpass-Environment-Protected': '',
      'Jobpass-Event': 'push',
      'Jobpass-Workflow': 'acme/shop/.github/workflows/ci.yml@refs/heads/main',
      'Jobpass-Job-Workflow': 'acme/shop/.github/workflows/ci.yml@refs/heads/main',
      'Jobpass-Run-Id': '19872285394',
      'Jobpass-Run-Url': expect.stringMatching(/\/acme\/shop\/actions\/runs\/19872285394$/) as string,
      'Jobpass-Actor': 'mara-holt',
    })
  })

  test('what is not printable ASCII is percent-encoded, so that decoding gives the fact', async () => {
    await serve()
    const { headers } = await ask('/guards/team/read', tokens.umlaut)
    expect(headers['jobpass-branch']).toBe('f%C3%BCr/100%25')
    expect(decodeURIComponent(String(headers['jobpass-branch']))).toBe('für/100%')
  })

  test('a refusal has none of them', async () => {
    await serve()
    const { headers } = await ask('/guards/deploy', tokens.dev)
    expect(Object.keys(headers).filter((name) => name.startsWith('jobpass-'))).toEqual([])
  })
})

describe('the identity as a signed JWT', () => {
  const pem = (type: 'ec' | 'ed25519' | 'rsa'): string =>
    generateKeyPairSync(type as 'ec', { namedCurve: 'P-256', modulusLength: 2048 } as { namedCurve: string })
      .privateKey.export({ type: 'pkcs8', format: 'pem' })
      .toString()
  const keys = { ec: pem('ec'), ed25519: pem('ed25519'), rsa: pem('rsa') }

  test.each([
    ['ec', 'ES256'],
    ['ed25519', 'EdDSA'],
    ['rsa', 'RS256'],
  ] as const)('a key of the type %s signs with %s, and the upstream verifies it by /jwks', async (type, alg) => {
    program.write('key.pem', keys[type])
    await serve('--identity', 'jwt', '--key', 'key.pem', '--upstream', 'billing')
    const { headers } = await ask('/guards/deploy', tokens.main)
    const jwks = createRemoteJWKSet(new URL(`http://127.0.0.1:${port}/jwks`))
    const verified = await jwtVerify(String(headers['jobpass-identity']), jwks, {
      issuer: 'jobpass',
      audience: 'billing',
      maxTokenAge: 60,
      algorithms: [alg],
    })
    expect(verified.payload).toMatchObject({
      sub: 'repo:acme/shop:ref:refs/heads/main',
      guard: 'deploy',
      workload: { provider: 'github-actions', repositoryId: '74205118', branch: 'main' },
    })
    expect(verified.payload).not.toHaveProperty('workload.claims')
    expect(Number(verified.payload.exp) - Number(verified.payload.iat)).toBe(60)
    const others = identityHeaders.filter((header) => !['Jobpass-Guard', 'Jobpass-Identity'].includes(header))
    expect(others.map((header) => headers[header.toLowerCase()])).toEqual(others.map(() => ''))
  })

  test('the first key signs, all are published, and none of them with its private part', async () => {
    program.write('new.json', JSON.stringify(createPrivateKey(keys.ec).export({ format: 'jwk' })))
    program.write('old.pem', keys.rsa)
    await serve('--identity', 'jwt', '--key', 'new.json', '--key', 'old.pem', '--upstream', 'billing')
    const published = JSON.parse(await read('/jwks')) as { keys: { alg: string; kid: string }[] }
    expect(published.keys.map(({ alg }) => alg)).toEqual(['ES256', 'RS256'])
    expect(published.keys.some((key) => 'd' in key)).toBe(false)
    const token = String((await ask('/trust', tokens.main)).headers['jobpass-identity'])
    const { protectedHeader } = await jwtVerify(token, createLocalJWKSet(published), { audience: 'billing' })
    expect(protectedHeader.kid).toBe(published.keys[0]?.kid)
  })

  test('without keys, there is no key set', async () => {
    await serve()
    expect(await statusOf('/jwks')).toBe(404)
  })
})

describe('a start that is refused', () => {
  test.each<[string, readonly string[], string]>([
    ['a key without a signed identity', ['--key', 'key.pem'], '--key and --upstream need --identity jwt'],
    ['a signed identity without a key', ['--identity', 'jwt'], '--identity jwt needs --key FILE'],
    [
      'a file that is no private key',
      ['--identity', 'jwt', '--upstream', 'a', '--key', 'policy.yaml'],
      'policy.yaml: is no private key of P-256',
    ],
    ['an unknown set for trust', ['--trust', 'nothing'], 'has no set nothing; its sets are deploy, team/read'],
    ['an audience of a platform', ['--audience', 'https://github.com/acme'], 'audience'],
    ['a port that is in use', ['--port', '@'], 'is in use: choose another with --port'],
    ['an address of another machine', ['--host', '192.0.2.1'], 'of 192.0.2.1 cannot be used'],
  ])('%s is a mistake with a reason', async (_, args, reason) => {
    await serve()
    const given = args.map((each) => each.replace('@', String(port)))
    const { code, err, out } = await program.run([
      'serve',
      'policy.yaml',
      '--issuer',
      issuer.issuer,
      ...(args.includes('--audience') ? [] : ['--audience', audience]),
      ...(args.includes('--port') ? [] : ['--port', '0']),
      ...given,
    ])
    expect(err).toContain(reason)
    expect([code, out]).toEqual([3, ''])
  })

  test('with --strict, a guard whose rules only report is refused', async () => {
    await serve()
    const tryOut = `  try: { ${rule('dev')}, reportOnly: true }\n`
    program.write('policy.yaml', `rules:\n  deploy: { ${rule('main')} }\n${tryOut}...\n`)
    const args = ['serve', '--audience', audience, '--issuer', issuer.issuer, '--strict']
    const { code, err } = await program.run(args)
    expect([code, err]).toEqual([3, expect.stringContaining("The rules 'try' do not suit a verifier") as string])
  })

  test('a policy with faults is refused with all of them', async () => {
    await serve()
    program.write('policy.yaml', 'rules:\n  deploy: { provider: github-actions, branch: main }\n...\n')
    const { code, err } = await program.run(['serve', '--audience', audience])
    expect([code, err]).toEqual([3, expect.stringContaining('policy.yaml:2:11 rules.deploy') as string])
  })
})

describe('a new version of the policy', () => {
  test('decides once it is reported, and counts', async () => {
    await serve()
    const before = /fingerprint="(\w+)"/.exec(await read('/metrics'))?.[1]
    expect(await statusOf('/guards/deploy', tokens.dev)).toBe(403)
    replacePolicy(policyOf('dev'))
    await guard.logged(': /guards/deploy, ')
    expect([await statusOf('/guards/deploy', tokens.dev), await statusOf('/guards/deploy', tokens.main)]).toEqual([
      200, 403,
    ])
    const metrics = await read('/metrics')
    expect(metrics).toContain('jobpass_policy_reloads_total{result="loaded"} 1\n')
    expect(metrics.match(/^jobpass_policy_info\{/gm)).toHaveLength(1)
    expect(/fingerprint="(\w+)"/.exec(metrics)?.[1]).not.toBe(before)
    // The keys of the issuer are kept.
    expect(metrics.match(/event="fetched"\} (\d+)/)?.[1]).toBe('1')
  })

  test('is read at once on SIGHUP', async () => {
    await serve()
    replacePolicy(policyOf('dev'))
    guard.signal('SIGHUP')
    await guard.logged(': /guards/deploy, ')
    expect(await statusOf('/guards/deploy', tokens.dev)).toBe(200)
  })

  test.each([
    ['with a fault', policyOf('[]'), 'is an empty list'],
    ['that was written in part', policyOf('main').slice(0, -4), 'and may be truncated'],
    [
      'in which every rule only reports',
      policyOf('main, reportOnly: true').replace(/ {2}team.*\n/, ''),
      'only reports',
    ],
  ])('%s changes nothing, says so and counts', async (_, content, reason) => {
    await serve()
    program.write('policy.yaml', content)
    guard.signal('SIGHUP')
    await guard.logged('the policy stays as it was')
    expect(guard.err).toContain(reason)
    expect([await statusOf('/guards/deploy', tokens.main), await statusOf('/guards/deploy', tokens.dev)]).toEqual([
      200, 403,
    ])
    expect(await read('/metrics')).toContain('jobpass_policy_reloads_total{result="rejected"} 1\n')
  })

  test('takes a set away: its guard is unknown then', async () => {
    await serve()
    replacePolicy(policyOf('main').replace('team/read', 'team/write'))
    await guard.logged('/guards/team/write')
    expect(await statusOf('/guards/team/read', tokens.main)).toBe(404)
  })

  test('that trusts one more issuer asks it for its keys', async () => {
    const cluster = (name: string, closed: number): string =>
      `  ${name}: { provider: kubernetes, issuer: 'https://127.0.0.1:${closed}', namespace: ci }\n`
    const [one, other] = [await freePort(), await freePort()]
    program.write('policy.yaml', `rules:\n${cluster('one', one)}...\n`)
    guard = await start(program, ['serve', '--audience', audience, '--port', '0'], '/trust')
    port = Number(/127\.0\.0\.1:(\d+)\/trust/.exec(guard.out)?.[1])
    await guard.logged(`no new keys of https://127.0.0.1:${one}`)
    replacePolicy(`rules:\n${cluster('one', one)}${cluster('other', other)}...\n`)
    await guard.logged(`no new keys of https://127.0.0.1:${other}`)
    const { issuers } = JSON.parse(await read('/readyz')) as { readonly issuers: readonly object[] }
    expect(issuers).toEqual([one, other].map((closed) => ({ issuer: `https://127.0.0.1:${closed}`, ready: false })))
  })
})

describe('the documents', () => {
  test.each([['/healthz'], ['/readyz'], ['/metrics']])(
    '%s is no admission to a proxy that asks for it',
    async (path) => {
      await serve()
      while ((await statusOf(path)) !== 200);
      for (const header of ['x-forwarded-for', 'x-forwarded-uri', 'x-original-uri', 'via', 'forwarded'])
        expect((await ask(path, undefined, { headers: { [header]: 'x' } })).status).toBe(404)
      expect(await statusOf(path, tokens.main)).toBe(404)
    },
  )

  test('it is ready once the keys of an issuer were fetched, and stays so', async () => {
    issuer.misbehave('error')
    await serve()
    const notYet = await ask('/readyz')
    expect([notYet.status, await statusOf('/healthz')]).toEqual([503, 200])
    await guard.logged('no new keys of')
    expect(JSON.parse(await read('/readyz'))).toEqual({
      ready: false,
      issuers: [{ issuer: issuer.issuer, ready: false }],
    })
    issuer.misbehave(undefined)
    await guard.stop('SIGKILL')
    await serve()
    while ((await statusOf('/readyz')) !== 200);
    issuer.misbehave('error')
    expect(JSON.parse(await read('/readyz'))).toEqual({
      ready: true,
      issuers: [{ issuer: issuer.issuer, ready: true }],
    })
  })

  test('the metrics are in the text format, and count every layer', async () => {
    await serve()
    await ask('/guards/deploy', tokens.main)
    await ask('/guards/deploy', tokens.dev)
    await ask('/guards/deploy', tokens.dev)
    await ask('/trust')
    const { headers, body } = await ask('/metrics')
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
    const sample = /^[a-z_]+\{(?:[a-z]+="(?:[^"\\\n]|\\[\\"n])*",?)*\} \d+$/
    expect(
      body
        .trimEnd()
        .split('\n')
        .filter((line) => !sample.test(line) && !/^# (?:HELP|TYPE) /.test(line)),
    ).toEqual([])
    const decision = (layer: string, result: string, provider: string, name: string, count: number): string =>
      `jobpass_decisions_total{layer="${layer}",result="${result}",provider="${provider}",guard="${name}"} ${count}\n`
    expect(body).toContain(decision('trust', 'allowed', 'github-actions', 'deploy', 3))
    expect(body).toContain(decision('route', 'allowed', 'github-actions', 'deploy', 1))
    expect(body).toContain(decision('route', 'workload_forbidden', 'github-actions', 'deploy', 2))
    expect(body).toContain(decision('token', 'token_missing', 'none', '/trust', 1))
    expect(body).toContain(`jobpass_key_events_total{issuer="${issuer.issuer}",event="fetched"} 1\n`)
  })
})

describe('the log', () => {
  test('has one line for each refusal and none for an admission', async () => {
    await serve()
    await ask('/guards/deploy', tokens.main)
    const headers = { 'x-original-method': 'PUT', 'x-original-uri': '/a%0Ab?key=secret' }
    await ask('/guards/deploy', tokens.dev, { headers })
    await guard.logged('workload_forbidden')
    expect(guard.err).toMatch(
      /^deploy: refused 403 workload_forbidden PUT \/a%0Ab at the guard the rules "deploy" by "acme\/shop", run .*; branch is "dev"\n$/,
    )
  })

  test('with --json has one object a line, which follows the schema', async () => {
    await serve('--json')
    await ask('/guards/deploy', tokens.dev, { headers: { 'x-forwarded-method': 'PUT', 'x-forwarded-uri': '/x?y' } })
    await guard.logged('workload_forbidden')
    await guard.stop('SIGTERM')
    const [started, refused, stopping, ...others] = (guard.out + guard.err)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object)
    expect(others).toEqual([])
    for (const entry of [started, refused, stopping]) await matchesSchema(program, 'serve', entry)
    expect(started).toMatchObject({ event: 'started', guards: ['/guards/deploy', '/guards/team/read', '/trust'] })
    expect(refused).toMatchObject({
      event: 'refused',
      guard: 'deploy',
      layer: 'route',
      code: 'workload_forbidden',
      status: 403,
      method: 'PUT',
      path: '/x',
      provider: 'github-actions',
      repository: 'acme/shop',
    })
    expect(stopping).toMatchObject({ event: 'stopping' })
  })

  test('says whether the rules that only report would have admitted a refused request', async () => {
    program.write(
      'policy.yaml',
      `rules:\n  deploy:\n    - { ${rule('main')} }\n    - { ${rule('dev')}, reportOnly: true }\n  read: { ${rule('[main, dev]')} }\n...\n`,
    )
    await serve('--json')
    expect(await statusOf('/guards/deploy', tokens.main)).toBe(200)
    expect(await statusOf('/guards/deploy', tokens.dev)).toBe(403)
    await guard.logged('\n')
    expect(JSON.parse(guard.err)).toMatchObject({ event: 'refused', layer: 'route', reported: true })
  })
})

describe('a stop', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('%s closes idle connections, and exits with 0', async (signal) => {
    await serve()
    const idle = connect(port, '127.0.0.1')
    const ended = text(idle)
    idle.write('GET /healthz HTTP/1.1\r\nHost: guard\r\n\r\n')
    await once(idle, 'data')
    expect([await guard.stop(signal), (await ended).split('\r\n', 1)]).toEqual([0, ['HTTP/1.1 200 OK']])
  })

  test('answers the requests that run, and accepts no other', async () => {
    issuer.misbehave('hang')
    await serve()
    const running = ask('/guards/deploy', tokens.main)
    // A request that is answered shows that the one before it has arrived.
    await ask('/trust')
    const stopped = guard.stop('SIGTERM')
    await guard.logged('stopping')
    while (await answers(port));
    const { status, headers } = await running
    expect([status, headers.connection, await stopped]).toEqual([503, 'close', 0])
  })
})
