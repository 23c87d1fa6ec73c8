// O5: several real processes behind nginx, over Redis. Their keys rotate and they restart one after
// the other, while jobs exchange their tokens and call the API. An hour takes half a minute.

import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { githubActions } from '@jobpass/core'
import { createTestIssuer } from '@jobpass/testing/node'
import type { JWK } from 'jose'
import { decodeJwt, decodeProtectedHeader, importJWK, SignJWT } from 'jose'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { runInProcess } from '../cli/in-process.ts'
import { hasNginx, startNginx } from '../replay/nginx.ts'
import { freePort, installed, startRedis, stop } from '../replay/redis-server.ts'
import { fastClock } from './fast-clock.ts'
import { jwtType, tokenExchange } from './service.ts'

const speed = 120
const script = fileURLToPath(new URL('rolling-process.ts', import.meta.url))
/** Seconds: lifetime of tokens, until a withdrawn key is refused, and the least time for a call. */
const [life, withdrawal, reserve] = [600, 16 * 60, 240]

/** Everything that a test started. */
const children: ChildProcess[] = []
const proxies: { stop(): Promise<void> }[] = []
const folders: string[] = []
afterEach(async () => {
  for (const proxy of proxies.splice(0)) await proxy.stop()
  for (const child of children.splice(0).toReversed()) await stop(child)
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

const ciIssuer = await (await createTestIssuer(githubActions)).listen()
afterAll(() => ciIssuer.close())

interface KeySet {
  readonly keys: readonly { readonly privateKey: JWK & { readonly kid: string }; readonly from: number }[]
}

/** Processes behind nginx, their clock, and their key set. */
async function startFleet(size: number) {
  const folder = mkdtempSync(join(tmpdir(), 'rolling-'))
  folders.push(folder)
  const [proxyPort, redisPort] = [await freePort(), await freePort()]
  const ports = await Promise.all(Array.from({ length: size }, freePort))
  const issuer = `http://127.0.0.1:${proxyPort}`
  const start = Date.now()
  const clock = fastClock(start, speed)
  const file = join(folder, 'keys.json')
  const keys = async (...args: readonly string[]): Promise<KeySet> => {
    const { err, code } = await runInProcess(['keys', ...args], { cwd: folder, now: () => clock.now() })
    if (code !== 0) throw new Error(err)
    return JSON.parse(readFileSync(file, 'utf8')) as KeySet
  }
  await keys('new', file)
  children.push(await startRedis(redisPort))
  const warnings: string[] = []
  const startOne = async (port: number): Promise<ChildProcess> => {
    const env = {
      PORT: String(port),
      ISSUER: issuer,
      CI_ISSUER: ciIssuer.issuer,
      KEYS: file,
      REDIS_URL: `redis://127.0.0.1:${redisPort}`,
      START: String(start),
      SPEED: String(speed),
    }
    const execArgv = ['--conditions=@jobpass/source', '--import', 'tsx']
    const child = fork(script, { env: { ...process.env, ...env }, execArgv, silent: true })
    child.stdout?.resume()
    let err = ''
    child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()))
    children.push(child)
    await new Promise<void>((resolve, reject) => {
      child.on('message', (text) => (text === 'ready' ? resolve() : warnings.push(String(text))))
      child.once('exit', () => reject(new Error(`a process ended: ${err}`)))
    })
    return child
  }
  const running = await Promise.all(ports.map(startOne))
  proxies.push(await startNginx(ports, proxyPort))
  await expect.poll(async () => (await fetch(`${issuer}/jwks`).catch(() => undefined))?.status).toBe(200)
  /** Restarts all processes, one after the other. */
  const restart = async (): Promise<void> => {
    for (const [index, port] of ports.entries()) {
      const old = running[index] as ChildProcess
      old.kill('SIGTERM')
      if (old.exitCode === null) await once(old, 'exit')
      running[index] = await startOne(port)
    }
  }
  const now = (): number => clock.now() / 1000
  const until = async (time: number): Promise<void> => {
    await expect.poll(() => now() >= time, { timeout: 180_000, interval: 50 }).toBe(true)
  }
  return { issuer, keys, file, restart, now, until, warnings }
}

type Fleet = Awaited<ReturnType<typeof startFleet>>

/** Jobs that exchange their tokens and call the API until they are stopped. */
async function startJobs({ issuer, now }: Fleet, jobs: number) {
  const live: { readonly token: string; readonly until: number }[] = []
  const counts = { issued: 0, called: 0, repeated: 0 }
  const refused: string[] = []
  const kids = new Set<unknown>()
  const state = { stopped: false, newest: '' }
  const send = async (url: string, init: RequestInit): Promise<Response> => {
    for (;;) {
      const answer = await fetch(url, init)
      // nginx says so where the connection to a process ended with the process.
      if (answer.status !== 502) return answer
      counts.repeated++
      await answer.arrayBuffer()
    }
  }
  const call = async (token: string): Promise<string> => {
    const headers = { authorization: `Bearer ${token}` }
    const answer = await send(`${issuer}/packages/shop`, { method: 'PUT', headers })
    const text = await answer.text()
    return answer.ok ? 'ok' : ((JSON.parse(text) as { code?: string }).code ?? text)
  }
  const exchange = async (): Promise<void> => {
    const at = Math.floor(now())
    const subject_token = await ciIssuer.mint({ aud: issuer, iat: at, nbf: at, exp: at + 1800 })
    const form = { grant_type: tokenExchange, subject_token_type: jwtType, scope: 'publish', subject_token }
    const headers = { 'idempotency-key': randomUUID() }
    const answer = await send(`${issuer}/token`, { method: 'POST', headers, body: new URLSearchParams(form) })
    const body = (await answer.json()) as Record<string, unknown>
    if (answer.status !== 200) return void refused.push(JSON.stringify(body))
    const token = String(body['access_token'])
    kids.add(decodeProtectedHeader(token).kid)
    counts.issued++
    state.newest = token
    live.push({ token, until: at + life })
  }
  const work = async (): Promise<void> => {
    while (!state.stopped) {
      await exchange()
      while ((live[0]?.until ?? Infinity) < now() + reserve) live.shift()
      // The newest token, and one of any age.
      for (const each of [live.at(-1), live[Math.floor(Math.random() * live.length)]]) {
        if (each === undefined || each.until < now() + reserve) continue
        const outcome = await call(each.token)
        counts.called++
        if (outcome !== 'ok') refused.push(`${outcome} at ${Math.floor(now())}`)
      }
    }
  }
  const done = Promise.all(Array.from({ length: jobs }, work))
  const end = async (): Promise<void> => {
    state.stopped = true
    await done
  }
  await expect.poll(() => counts.issued > 0 || refused.length > 0, { timeout: 180_000 }).toBe(true)
  return { counts, refused, kids, call, end, newest: () => state.newest }
}

/** Exchanges one CI token many times at once, in several rounds. Counts the successes of each. */
async function usesAtOnce({ issuer, now }: Fleet, uses: number, rounds: number): Promise<readonly number[]> {
  const counts: number[] = []
  for (let round = 0; round < rounds; round++) {
    const at = Math.floor(now())
    const subject_token = await ciIssuer.mint({ aud: issuer, iat: at, nbf: at, exp: at + 1800 })
    const body = new URLSearchParams({
      grant_type: tokenExchange,
      subject_token_type: jwtType,
      scope: 'publish',
      subject_token,
    })
    const statuses = await Promise.all(
      Array.from({ length: uses }, async () => (await fetch(`${issuer}/token`, { method: 'POST', body })).status),
    )
    counts.push(statuses.filter((status) => status === 200).length)
  }
  return counts
}

/** A token that a thief of a key signs now. */
async function forge({ now }: Fleet, like: string, { kid, ...jwk }: JWK): Promise<string> {
  const at = Math.floor(now())
  return new SignJWT({ ...decodeJwt(like), iat: at, exp: at + life, jti: randomUUID() })
    .setProtectedHeader({ alg: 'ES256', kid: String(kid), typ: 'at+jwt' })
    .sign(await importJWK(jwk, 'ES256'))
}

describe.runIf(installed && hasNginx)('several processes behind nginx', () => {
  test.each([2, 4])(
    'O5: %i of them rotate their keys and restart without a refused token, and accept no retired key',
    { timeout: 180_000 },
    async (size) => {
      const fleet = await startFleet(size)
      const { keys, file, restart, now, until, warnings } = fleet
      expect(await usesAtOnce(fleet, 50, 20)).toEqual(Array.from({ length: 20 }, () => 1))
      const jobs = await startJobs(fleet, 2)
      const forged: string[] = []
      /** Forges tokens of a key for some minutes. */
      const tryForged = async (key: JWK): Promise<void> => {
        const end = now() + 180
        while (now() < end) forged.push(await jobs.call(await forge(fleet, jobs.newest(), key)))
      }
      await until(now() + 60)
      const { keys: both } = await keys('rotate', file, '--in', '20m')
      const [first, second] = both.map(({ privateKey }) => privateKey)
      // A thief of a key that is still published gets in, which shows that these tokens are good.
      expect(await jobs.call(await forge(fleet, jobs.newest(), first ?? {}))).toBe('ok')
      await restart()
      await until((both[1]?.from ?? 0) + life + 60 + withdrawal)
      await tryForged(first ?? {})
      expect([...jobs.kids]).toEqual([first?.kid, second?.kid])
      await jobs.end()
      const { issued, called, repeated } = jobs.counts
      const text = `${issued} tokens issued, ${called} calls, ${repeated} repeated, ${forged.length} forged`
      process.stdout.write(
        `${size} processes, ${Math.round((now() - (both[1]?.from ?? 0)) / 60) + 20} minutes: ${text}\n`,
      )
      expect([jobs.refused, [...new Set(forged)]]).toEqual([[], ['key_unknown']])
      expect([issued > 100, called > 200, forged.length > 10]).toEqual([true, true, true])
      expect(warnings.filter((each) => /key/i.test(each))).toEqual([])
    },
  )

  test('O5: a key set that is retired at once is refused within 16 minutes, and jobs get good tokens', async () => {
    const fleet = await startFleet(2)
    const { keys, file, now, until } = fleet
    const jobs = await startJobs(fleet, 2)
    await until(now() + 60)
    const stolen = (await keys('rotate', file, '--in', '17m')).keys.map(({ privateKey }) => privateKey)
    const like = jobs.newest()
    await keys('retire', file)
    await jobs.end()
    await until(now() + withdrawal)
    const after = await startJobs(fleet, 2)
    await until(now() + 120)
    // The thief has the next key as well, which would sign by now.
    for (const key of stolen) expect(await jobs.call(await forge(fleet, like, key))).toBe('key_unknown')
    await after.end()
    const used = stolen.filter(({ kid }) => after.kids.has(kid))
    expect([after.refused, after.counts.called > 10, stolen.length, used]).toEqual([[], true, 2, []])
  })
})
