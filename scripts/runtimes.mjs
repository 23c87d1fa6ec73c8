// Runs the tarballs on other runtimes: the same calls on Bun, Deno and Workers, each with its own
// Web Crypto. `npm run test:runtimes` builds and packs them first; npm fetches the runtimes and
// installs the tarballs.
import { execFile, spawnSync } from 'node:child_process'
import { generateKeyPairSync, sign } from 'node:crypto'
import { createServer } from 'node:http'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import {
  denoFlags,
  forWorkers,
  install,
  internet,
  tarballsOf,
  versions,
  withWorkerd,
  workerOf,
} from './runtime-programs.mjs'

const folder = mkdtempSync(join(tmpdir(), 'jobpass-runtimes-'))

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'RS256', use: 'sig' }
const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
const now = Math.floor(Date.now() / 1000)
const claims = {
  iss: 'https://ci.acme.dev',
  sub: 's',
  aud: 'https://api.acme.dev',
  iat: now,
  exp: now + 3000,
  team: '7',
}
const text = (given) => {
  const input = `${part({ alg: 'RS256', kid: 'k' })}.${part({ ...claims, ...given })}`
  return `${input}.${sign('sha256', Buffer.from(input), privateKey).toString('base64url')}`
}
const good = text({})
const tokens = {
  good,
  again: good,
  tampered: `${good.slice(0, -8)}AAAAAAAA`,
  stranger: text({ team: '8' }),
  late: text({ exp: now - 100 }),
}
const expected =
  'good allowed, again allowed, tampered signature_invalid, stranger workload_forbidden, late token_expired, once allowed, twice token_replayed, Hono 200 401 403, testing works'

// The program prints the same on every runtime.
const program = `
import { createVerifier, defineProvider, githubActions, memoryReplayStore, oneTime } from '@jobpass/core'
import { requireWorkload, workloadAuth } from '@jobpass/hono'
import { createTestIssuer, expectRoute } from '@jobpass/testing'
import { Hono } from 'hono'
const acme = defineProvider({ id: 'acme', title: 'Acme', issuer: 'https://ci.acme.dev', algorithms: ['RS256'], claims: { team: 'id' }, identity: { ownerId: 'team' }, pins: ['ownerId'] })
const rule = acme.at('https://ci.acme.dev', { keys: [${JSON.stringify(jwk)}] })({ ownerId: '7' })
export async function run() {
  const verifier = createVerifier({ audience: 'https://api.acme.dev', trust: rule, replay: { store: memoryReplayStore() }, onWarning: () => {} })
  const code = (work) => work.then(() => 'allowed', (error) => error.code ?? String(error))
  const tokens = ${JSON.stringify(tokens)}
  const answers = []
  for (const [name, token] of Object.entries(tokens)) answers.push(name + ' ' + (await code(verifier.verify(token))))
  const mayPublish = verifier.guard(oneTime(rule))
  for (const name of ['once', 'twice']) answers.push(name + ' ' + (await code(mayPublish('Bearer ' + tokens.good))))
  const app = new Hono()
  app.use(workloadAuth(verifier))
  app.get('/', requireWorkload(rule), (c) => c.text('allowed'))
  const call = async (token) => (await app.request('/', { headers: { authorization: 'Bearer ' + token } })).status
  answers.push(['Hono', await call(tokens.good), await call(tokens.tampered), await call(tokens.stranger)].join(' '))
  const issuer = await createTestIssuer(githubActions)
  const tested = new Hono()
  tested.use(workloadAuth({ audience: 'https://api.acme.dev', trust: githubActions({ ownerId: '1234567' }), fetch: issuer.fetch }))
  tested.get('/', requireWorkload(githubActions({ ownerId: '1234567', branch: 'main' })), (c) => c.text('allowed'))
  const mint = (branch) => issuer.mint({ aud: 'https://api.acme.dev', branch })
  await expectRoute(tested, 'GET /', { allows: [await mint('main')], refuses: [await mint('dev')] })
  answers.push('testing works')
  return answers.join(', ')
}
`
// A cold isolate: its verifier has no keys when thirty calls arrive at once, and requests cannot
// share a fetch there.
const coldCalls = 30
const keyServer = createServer(({ method, url, headers }, response) => {
  const has = headers.authorization === `Bearer ${good}` ? 'with' : 'without'
  if (url.startsWith('/token')) response.end(JSON.stringify({ value: good }))
  else if (url === '/deploy') response.end(`${method} ${url} ${has} the token`)
  else setTimeout(() => response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk] })), 20)
})
await new Promise((resolve) => keyServer.listen(0, '127.0.0.1', resolve))
const coldIssuer = `http://127.0.0.1:${keyServer.address().port}`
const worker = `
const cold = createVerifier({
  audience: 'https://api.acme.dev',
  trust: acme.at('${coldIssuer}', { jwksUri: '${coldIssuer}/jwks', insecureLoopback: true })({ ownerId: '7' }),
  onWarning: () => {},
})
const answer = async (url) => {
  if (!url.endsWith('/cold')) return new Response(await run())
  return cold.verify('${text({ iss: coldIssuer })}').then(() => new Response('allowed'), (error) => new Response(error.code, { status: error.status ?? 500 }))
}
export default { fetch: (request) => answer(request.url) }
`
// The client of a job: every way in which it reaches out, and a call.
const jobProgram = `
import { createClient } from '@jobpass/client'
const audience = 'https://api.acme.dev'
const ways = {
  endpoint: { ACTIONS_ID_TOKEN_REQUEST_URL: '${coldIssuer}/token?v=2', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'x' },
  file: { JOBPASS_ID_TOKEN_FILE: 'token' },
  program: { CIRCLECI: 'true', CIRCLE_OIDC_TOKEN_V2: 'x' },
  socket: { CURSOR_AGENT_SOCKET: './socket' },
}
const print = () => {}
for (const [way, env] of Object.entries(ways)) {
  const answer = await createClient({ env, print }).getToken({ audience }).catch((error) => error)
  console.log(way + ' ' + (answer.token === '${good}' ? 'works' : answer))
}
const api = createClient({ env: ways.file, print }).jobFetch({ audience, origin: '${coldIssuer}', insecureLoopback: true })
console.log('call ' + (await (await api('/deploy', { method: 'POST', body: 'x' })).text()))
`
const jobExpected = 'endpoint works, file works, program works, socket works, call POST /deploy with the token'
const bin = (name) => join(folder, 'node_modules', '.bin', name)

function run(name, ...args) {
  const env = { ...process.env, DENO_NO_UPDATE_CHECK: '1' }
  const { stdout, stderr } = spawnSync(bin(name), args, { cwd: folder, encoding: 'utf8', env })
  return stdout.trim() || stderr.trim()
}

/** Runs the job's program, while this process answers it. */
async function runJob(name, ...args) {
  const env = { ...process.env, DENO_NO_UPDATE_CHECK: '1', PATH: `${folder}:${process.env.PATH}` }
  const { stdout, stderr } = await promisify(execFile)(name, args, { cwd: folder, env }).catch((error) => error)
  return stdout.trim().replaceAll('\n', ', ') || stderr.trim()
}

/** What a job finds on its machine. */
async function prepareJob() {
  writeFileSync(join(folder, 'job.mjs'), jobProgram)
  writeFileSync(join(folder, 'token'), `${good}\n`)
  writeFileSync(join(folder, 'circleci'), `#!/bin/sh\necho '${good}'\n`, { mode: 0o755 })
  const server = createServer((request, response) => void response.end(JSON.stringify({ token: good })))
  await new Promise((started) => server.listen(join(folder, 'socket'), started))
  return server
}

const onWorkers = () =>
  withWorkerd(folder, { services: [workerOf('main', 'worker.js'), internet], sockets: ['main'] }, ({ main }) =>
    callWorker(main),
  )

async function callWorker(address) {
  const cold = await Promise.all(Array.from({ length: coldCalls }, async () => (await fetch(`${address}/cold`)).text()))
  const allowed = cold.filter((answer) => answer === 'allowed').length
  if (allowed !== coldCalls) return `a cold isolate answered ${allowed} of ${coldCalls} calls`
  console.log(`Workers: a cold isolate answered ${allowed} of ${coldCalls} calls at once`)
  return await (await fetch(address)).text()
}

try {
  const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
  install(folder, {
    ...tarballsOf('client', 'core', 'hono', 'testing'),
    hono: devDependencies.hono,
    ...versions,
  })
  writeFileSync(join(folder, 'program.mjs'), `${program}console.log(await run())`)
  await build({
    stdin: { contents: program + worker, resolveDir: folder, loader: 'js' },
    ...forWorkers,
    outfile: join(folder, 'worker.js'),
  })
  const answers = {
    Bun: run('bun', 'program.mjs'),
    Deno: run('deno', ...denoFlags, 'program.mjs'),
    Workers: await onWorkers(),
  }
  for (const [runtime, answer] of Object.entries(answers))
    console.log(`${runtime}: ${answer === expected ? `as expected (${answer})` : `NOT as expected: ${answer}`}`)
  const machine = await prepareJob()
  const jobs = {
    Node: await runJob(process.execPath, 'job.mjs'),
    Bun: await runJob(bin('bun'), 'job.mjs'),
    Deno: await runJob(bin('deno'), ...denoFlags, '--allow-all', 'job.mjs'),
  }
  machine.close()
  for (const [runtime, answer] of Object.entries(jobs))
    console.log(
      `Client on ${runtime}: ${answer === jobExpected ? `as expected (${answer})` : `NOT as expected: ${answer}`}`,
    )
  const right = [
    ...Object.values(answers).map((answer) => answer === expected),
    ...Object.values(jobs).map((answer) => answer === jobExpected),
  ]
  process.exitCode = right.every(Boolean) ? 0 : 1
} finally {
  keyServer.close()
  keyServer.closeAllConnections()
  rmSync(folder, { recursive: true, force: true })
}
