// Runs examples/worker-deploy-api in workerd: two isolates that share a cache, and a key server
// that is asked once. A part of `npm run test:runtimes`, which builds first.
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { githubActions } from '@jobpass/core'
import { createTestIssuer } from '@jobpass/testing'
import { forWorkers, internet, withWorkerd, workerOf } from './runtime-programs.mjs'

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

const api = (name) =>
  workerOf(
    name,
    'api.js',
    `bindings = [(name = "ISSUER", text = "${address}")],
      cacheApiOutbound = "cache",`,
  )

try {
  await build({
    entryPoints: { api: 'test/runtimes/worker-example.ts', cache: 'test/runtimes/cache.ts' },
    outdir: folder,
    ...forWorkers,
    tsconfig: 'tsconfig.json',
  })
  const services = [api('first'), api('second'), workerOf('cache', 'cache.js'), internet]
  const seen = await withWorkerd(folder, { services, sockets: ['first', 'second'] }, callBoth)
  console.log(`The example for Workers: ${seen === expected ? `as expected (${seen})` : `NOT as expected: ${seen}`}`)
  process.exitCode = seen === expected ? 0 : 1
} finally {
  keyServer.close()
  keyServer.closeAllConnections()
  rmSync(folder, { recursive: true, force: true })
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

async function deploy(isolate, token) {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const response = await fetch(`${isolate}/deploy`, { method: 'POST', headers })
  const { code, repository } = await response.json()
  return `${response.status} ${code ?? repository}`
}
