// Core on other runtimes: the same calls on Bun, Deno and Workers, each with its own Web Crypto. `npm run runtimes`; what is not installed is fetched by npm.
import { spawn, spawnSync } from 'node:child_process'
import { generateKeyPairSync, sign } from 'node:crypto'
import { createServer } from 'node:http'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'

const versions = { bun: '1.4.5', deno: '2.9.6', workerd: '1.20261117.1' }
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
  'good allowed, again allowed, tampered signature_invalid, stranger workload_forbidden, late token_expired, once allowed, twice token_replayed'

// The program: what it prints is what is expected of every runtime.
const program = `
import { createVerifier, defineProvider, memoryReplayStore, oneTime } from '@jobpass/core'
const acme = defineProvider({ id: 'acme', title: 'Acme', issuer: 'https://ci.acme.dev', algorithms: ['RS256'], claims: { team: 'id' }, identity: { ownerId: 'team' }, pins: ['ownerId'] })
const rule = acme.at('https://ci.acme.dev', { keys: [${JSON.stringify(jwk)}] })({ ownerId: '7' })
export async function run() {
  const verifier = createVerifier({ audience: 'https://api.acme.dev', trust: rule, replay: { store: memoryReplayStore() }, onWarning: () => {} })
  const code = (work) => work.then(() => 'allowed', (error) => error.code ?? String(error))
  const told = []
  for (const [name, token] of Object.entries(${JSON.stringify(tokens)})) told.push(name + ' ' + (await code(verifier.verify(token))))
  for (const name of ['once', 'twice']) told.push(name + ' ' + (await code(verifier.authorize('Bearer ' + ${JSON.stringify(good)}, oneTime(rule)))))
  return told.join(', ')
}
`
// A cold isolate: its verifier has no keys yet when thirty calls arrive at once, and requests there cannot share a fetch.
const coldCalls = 30
const keyServer = createServer((request, response) => {
  setTimeout(() => response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk] })), 20)
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
const bundle = (tail, outfile) =>
  build({
    stdin: { contents: program + tail, resolveDir: process.cwd(), loader: 'js' },
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['@jobpass/source', 'workerd', 'worker', 'browser'],
    outfile: join(folder, outfile),
  })
const run = (name, args) => {
  const { stdout, stderr } = spawnSync(
    'npm',
    ['exec', '--yes', `--package=${name}@${versions[name]}`, '--', name, ...args],
    {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, DENO_NO_UPDATE_CHECK: '1' },
    },
  )
  return stdout.trim() || stderr.trim()
}

async function onWorkers() {
  writeFileSync(
    join(folder, 'config.capnp'),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (modules = [(name = "worker.js", esModule = embed "worker.js")], compatibilityDate = "2026-11-01")),
    (name = "internet", network = (allow = ["public", "private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);`,
  )
  // npm passes on no further streams, and the port is told on one: so the program itself is started.
  const found = spawnSync(
    'npm',
    ['exec', '--yes', `--package=workerd@${versions.workerd}`, '--', 'sh', '-c', 'command -v workerd'],
    { encoding: 'utf8' },
  )
  const program = createRequire(realpathSync(found.stdout.trim()))('workerd').default
  const child = spawn(program, ['serve', '--control-fd=3', 'config.capnp'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  })
  try {
    for await (const line of child.stdio[3]) {
      const port = /"port":(\d+)/.exec(String(line))?.[1]
      if (port !== undefined) return await callWorker(`http://127.0.0.1:${port}`)
    }
    return 'did not start'
  } finally {
    child.kill()
  }
}

async function callWorker(address) {
  const cold = await Promise.all(Array.from({ length: coldCalls }, async () => (await fetch(`${address}/cold`)).text()))
  const allowed = cold.filter((answer) => answer === 'allowed').length
  if (allowed !== coldCalls) return `a cold isolate answered ${allowed} of ${coldCalls} calls`
  console.log(`Workers: a cold isolate answered ${allowed} of ${coldCalls} calls at once`)
  return await (await fetch(address)).text()
}

try {
  await bundle('console.log(await run())', 'program.mjs')
  await bundle(worker, 'worker.js')
  const told = {
    Bun: run('bun', ['program.mjs']),
    Deno: run('deno', ['run', '--no-prompt', 'program.mjs']),
    Workers: await onWorkers(),
  }
  for (const [runtime, answer] of Object.entries(told))
    console.log(`${runtime}: ${answer === expected ? `as expected (${answer})` : `NOT as expected: ${answer}`}`)
  process.exitCode = Object.values(told).every((answer) => answer === expected) ? 0 : 1
} finally {
  keyServer.close()
  keyServer.closeAllConnections()
  rmSync(folder, { recursive: true, force: true })
}
