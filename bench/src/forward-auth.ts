/**
 * Requests per second of nginx by itself, and with `jobpass serve` as its guard, by the
 * configuration of examples/forward-auth: `npm run bench:forward-auth`. The upstream is a line of
 * nginx, so that the share of the guard is as large as it can be.
 */

import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { githubActions } from '@jobpass/core'
import { createTestIssuer } from '@jobpass/testing/node'
import autocannon from 'autocannon'

const root = fileURLToPath(new URL('../..', import.meta.url))
const audience = 'https://api.acme.dev'
const connections = 50
const seconds = 8
const rounds = 3
const [guardPort, jwtPort, upstreamPort, proxyPort, jwtProxyPort] = [43_120, 43_121, 43_122, 43_123, 43_124] as const

const folder = mkdtempSync(join(tmpdir(), 'jobpass-bench-'))
const issuer = await (await createTestIssuer(githubActions)).listen()
const authorization = `Bearer ${await issuer.mint({ aud: audience })}`
const children: ChildProcess[] = []

async function startGuard(port: number, ...more: readonly string[]): Promise<void> {
  const given = ['--audience', audience, '--issuer', issuer.issuer, '--port', String(port), ...more]
  const child = spawn(process.execPath, [`${root}packages/cli/dist/bin.js`, 'serve', 'policy.yaml', ...given], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  await once(child.stdout, 'data')
}

/** The configuration that users copy, with an upstream and a location without a guard. */
function configuration(guard: number, proxy: number): string {
  const upstream = `server { listen 127.0.0.1:${upstreamPort}; location / { return 200 reached; } }`
  return (
    readFileSync(join(folder, 'nginx.conf'), 'utf8')
      .replaceAll('127.0.0.1:4921', `127.0.0.1:${guard}`)
      .replaceAll('127.0.0.1:8080', `127.0.0.1:${proxy}`)
      .replaceAll('127.0.0.1:3000', `127.0.0.1:${upstreamPort}`)
      .replace(
        /^http \{$/m,
        `http {\n  access_log off; keepalive_requests 1000000;\n  ${proxy === proxyPort ? upstream : ''}`,
      )
      .replace('location / {\n      return 404;', 'location / { proxy_pass http://app; proxy_http_version 1.1;')
      // Otherwise the ports of this machine run out.
      .replace(`server 127.0.0.1:${upstreamPort};`, '$& keepalive 64;')
      .replaceAll('proxy_pass http://app;', "$& proxy_set_header Connection '';")
  )
}

async function startNginx(name: string, guard: number, proxy: number): Promise<void> {
  const file = join(folder, `${name}.conf`)
  writeFileSync(file, configuration(guard, proxy))
  const settings = `daemon off; pid ${folder}/${name}.pid; error_log ${folder}/${name}.log;`
  children.push(spawn('nginx', ['-p', folder, '-c', file, '-g', settings], { stdio: 'inherit' }))
  const url = `http://127.0.0.1:${proxy}/`
  while ((await fetch(url).catch(() => undefined)) === undefined);
}

async function rate(port: number, path: string): Promise<number> {
  const url = `http://127.0.0.1:${port}${path}`
  const result = await autocannon({ url, connections, duration: seconds, headers: { authorization } })
  if (result.non2xx + result.errors > 0) throw new Error(`${url}: ${result.non2xx + result.errors} failed`)
  return result.requests.average
}

try {
  cpSync(`${root}examples/forward-auth`, folder, { recursive: true })
  const { privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
    'sign',
    'verify',
  ])
  writeFileSync(join(folder, 'key.json'), JSON.stringify(await crypto.subtle.exportKey('jwk', privateKey)))
  await startGuard(guardPort)
  await startGuard(jwtPort, '--identity', 'jwt', '--key', 'key.json', '--upstream', 'app')
  await startNginx('headers', guardPort, proxyPort)
  await startNginx('jwt', jwtPort, jwtProxyPort)
  const found: Record<string, number[]> = { bare: [], headers: [], jwt: [] }
  // Alternating, since the speed of a shared machine changes.
  for (let round = 0; round < rounds; round++) {
    found['bare']?.push(await rate(proxyPort, '/'))
    found['headers']?.push(await rate(proxyPort, '/deploy'))
    found['jwt']?.push(await rate(jwtProxyPort, '/deploy'))
  }
  const median = (name: string): number => (found[name] ?? []).toSorted((a, b) => a - b)[(rounds - 1) / 2] ?? 0
  for (const name of Object.keys(found)) {
    const share = ((100 * median(name)) / median('bare')).toFixed(0)
    console.log(`${name.padEnd(8)} ${median(name).toFixed(0).padStart(7)} requests/s  ${share.padStart(3)} %`)
  }
} finally {
  for (const child of children) {
    const ended = once(child, 'exit')
    if (child.kill()) await ended
  }
  await issuer.close()
  rmSync(folder, { recursive: true, force: true })
}
