// S4: libraries and tracing tools replace the global Promise. Native promises (of async functions
// and Web Crypto) are then not instances of it, and must be awaited nevertheless.

import { oneTime } from '@jobpass/core'
import { conformanceCases, createWorld, startConformance } from '@jobpass/testing/conformance'
import type { ConformanceApp, ConformanceRun, World } from '@jobpass/testing/conformance'
import Bluebird from 'bluebird'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { mounts } from './adapters/mounts.ts'
import { skips } from './adapters/skips.ts'
import { apiOf, ciToken, claimsOf, service, shop, tokenOf } from './exchange/service.ts'

const replacements: readonly (readonly [string, unknown])[] = [
  ['a subclass', class Traced<T> extends Promise<T> {}],
  ['bluebird', Bluebird],
]

const frameworks = Object.entries(mounts).filter(([name]) => ['Express 5', 'Koa 3', 'Hono'].includes(name))
const world: Promise<World> = createWorld()

/**
 * Hono answers 500 for a path that does not exist where the promise of its only middleware is no
 * instance of the global Promise, whatever the middleware does.
 */
const ofHono = new Set(['H02'])

describe.each(replacements)('S4: with %s as the global Promise', (_, replacement) => {
  beforeAll(() => void vi.stubGlobal('Promise', replacement))
  afterAll(() => void vi.unstubAllGlobals())

  test('S4: native promises are not instances of the replacement', () => {
    expect((async () => {})() instanceof Promise).toBe(false)
  })

  test('S4: Hono itself answers nothing for a path that does not exist', async () => {
    const app = new Hono()
    app.use(async (_c, next) => next())
    expect(await app.request('/')).toBeUndefined()
  })

  describe.each(frameworks)('%s', (name, mount) => {
    let suite: ConformanceRun
    beforeAll(async () => {
      suite = startConformance(mount, await world)
    })
    afterAll(() => suite.close())

    const applies = ({ id }: { id: string }): boolean =>
      !(id in (skips[name] ?? {})) && !(name === 'Hono' && ofHono.has(id))
    test.each(conformanceCases.filter(applies))('$id $must', async (each) => void (await suite.run(each)))

    /** Status and code of each call in order, on an app with one route. */
    async function answers(
      auth: object,
      guards: ConformanceApp['routes'][string],
      tokens: readonly string[],
      scheme = 'Bearer',
    ): Promise<readonly unknown[]> {
      const app = await mount({ auth: [auth as never], routes: { 'POST /publish': guards }, handled: () => {} })
      const seen: unknown[] = []
      for (const token of tokens) {
        const headers = [['authorization', `${scheme} ${token}`]] as const
        const { status, body } = await app.send({ method: 'POST', path: '/publish', headers })
        seen.push([status, (JSON.parse(body) as { code?: string }).code])
      }
      await app.close()
      return seen
    }

    test('a one-time rule refuses the second use', async () => {
      const verifier = apiOf(await service())
      const token = ciToken()
      expect(await answers(verifier, [[oneTime(shop)]], [token, token])).toEqual([
        [200, undefined],
        [401, 'token_replayed'],
      ])
    })

    test('a revoked service token is refused', async () => {
      const running = await service()
      const token = await tokenOf(running.exchange)
      await running.exchange.revoke({ tokenId: String(claimsOf(token)['jti']) })
      const verifier = apiOf(running, {}, { revocable: true })
      expect(await answers(verifier, [], [token, await tokenOf(running.exchange)])).toEqual([
        [401, 'token_revoked'],
        [200, undefined],
      ])
    })

    test('a token presented as bound to a key is refused without a proof', async () => {
      const running = await service()
      const verifier = apiOf(running, {}, { dpop: { origin: 'https://api.acme.dev' } })
      expect(await answers(verifier, [], [await tokenOf(running.exchange)], 'DPoP')).toEqual([[401, 'scheme_mismatch']])
    })
  })
})
