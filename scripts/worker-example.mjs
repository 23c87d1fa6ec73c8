// Runs examples/worker-deploy-api in workerd: two isolates that share a cache, and a key server
// that is asked once. A part of `npm run test:runtimes`, which builds first; npm fetches workerd.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { githubActions } from '@jobpass/core'
import { createTestIssuer } from '@jobpass/testing'

const folder = mkdtempSync(join(tmpdir(), 'jobpass-worker-'))
const expected = [
  'without a token 401 token_missing',
  'first isolate 200 acme/shop',
  'other branch 403 workload_forbidden',
  'second isolate 200 acme/shop',
  'keys were fetched 1 time',
].join(', ')

let fetched = 0
let keys = []
const keyServer = createServer((_request, response) => {
  fetched++
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }))
})
await new Promise((resolve) => keyServer.listen(0, '127.0.0.1', resolve))
const address = `http://127.0.0.1:${keyServer.address().port}`
const issuer = await createTestIssuer(githubActions, { issuer: address })
keys = issuer.keys

const api = (name) => `(name = "${name}", worker = (
    modules = [(name = "api.js", esModule = embed "api.js")],
    compatibilityDate = "2026-11-01",
    bindings = [(name = "ISSUER", text = "${address}")],
    cacheApiOutbound = "cache",
  ))`
const capnp = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    ${api('first')},
    ${api('second')},
    (name = "cache", worker = (
      modules = [(name = "cache.js", esModule = embed "cache.js")],
      compatibilityDate = "2026-11-01",
    )),
    (name = "internet", network = (allow = ["public", "private"])),
  ],
  sockets = [
    (name = "first", address = "127.0.0.1:0", http = (), service = "first"),
    (name = "second", address = "127.0.0.1:0", http = (), service = "second"),
  ]
);`

try {
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  const args = ['install', '--no-audit', '--no-fund', 'workerd@1.20261117.1']
  const { status } = spawnSync('npm', args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0) throw new Error('npm cannot install workerd')
  await build({
    entryPoints: { api: 'test/runtimes/worker-example.ts', cache: 'test/runtimes/cache.ts' },
    outdir: folder,
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['workerd', 'worker', 'browser'],
    tsconfig: 'tsconfig.json',
  })
  writeFileSync(join(folder, 'config.capnp'), capnp)
  const seen = await run()
  console.log(`The example for Workers: ${seen === expected ? `as expected (${seen})` : `NOT as expected: ${seen}`}`)
  process.exitCode = seen === expected ? 0 : 1
} finally {
  keyServer.close()
  keyServer.closeAllConnections()
  rmSync(folder, { recursive: true, force: true })
}

async function run() {
  // Start workerd itself: its launcher does not pass on the extra stream that reports the ports.
  const program = createRequire(join(folder, 'package.json'))('workerd').default
  const child = spawn(program, ['serve', '--control-fd=3', 'config.capnp'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  })
  try {
    const ports = {}
    for await (const chunk of child.stdio[3]) {
      for (const line of String(chunk).split('\n').filter(Boolean)) {
        const { socket, port } = JSON.parse(line)
        if (port !== undefined) ports[socket] = port
      }
      if (ports.first !== undefined && ports.second !== undefined) return await callBoth(ports)
    }
    return 'workerd did not start'
  } finally {
    child.kill()
  }
}

async function callBoth({ first, second }) {
  const aud = 'https://deploy.acme.dev'
  const token = await issuer.mint({ aud })
  const answers = [
    ['without a token', await deploy(first)],
    ['first isolate', await deploy(first, token)],
    ['other branch', await deploy(first, await issuer.mint({ aud, branch: 'dev' }))],
    ['second isolate', await deploy(second, token)],
    ['keys were fetched', `${fetched} time${fetched === 1 ? '' : 's'}`],
  ]
  return answers.map((each) => each.join(' ')).join(', ')
}

async function deploy(port, token) {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const response = await fetch(`http://127.0.0.1:${port}/deploy`, { method: 'POST', headers })
  const { code, repository } = await response.json()
  return `${response.status} ${code ?? repository}`
}
