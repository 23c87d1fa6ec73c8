// The whole middleware, in three frameworks: for any header, the response is a documented one and
// contains nothing of the token.

import type { RefusalCode } from '@jobpass/core'
import { githubActions, errorCodes } from '@jobpass/core'
import type { ConformanceApp, ConformanceResponse, MountedApp } from '@jobpass/testing/conformance'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mounts } from '../adapters/mounts.ts'
import { anyCredential } from './arbitraries.ts'
import { faultOf } from './reference.ts'
import { watchUnhandled } from './unhandled.ts'
import { acmeCi, goodTokens, referenceWorld, trusting } from './world.ts'

watchUnhandled()

const app: ConformanceApp = {
  auth: [trusting],
  handled: () => {},
  routes: {
    'GET /whoami': [],
    'POST /deploy': [
      [githubActions({ repository: 'acme/shop', branch: 'main' }), acmeCi({ ownerId: '7', ref: 'refs/heads/main' })],
    ],
  },
}
const optional: ConformanceApp = { ...app, auth: [{ ...trusting, optional: true }] }
const cautious: ConformanceApp = { ...app, auth: [{ ...trusting, errors: 'throw' }] }

const titles = { 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 503: 'Service Unavailable' }

/** The token in its only valid spelling, with nothing else in the header. */
function soleToken(values: readonly string[]): string | undefined {
  const [value = '', ...others] = values
  return others.length === 0 ? /^[ \t]*bearer +([^ \t]+)[ \t]*$/i.exec(value)?.[1] : undefined
}

/** Whether the response contains any 31 consecutive characters of the request. */
function comesBack(values: readonly string[], { headers, body }: ConformanceResponse): boolean {
  const answer = JSON.stringify([headers, body])
  const sent = values.join('\n')
  for (let at = 0; at + 31 <= answer.length; at++) if (sent.includes(answer.slice(at, at + 31))) return true
  return false
}

/** The complete documented response to a refusal, so that nothing of the request can be in it. */
function expectRefusal({ status, headers, body }: ConformanceResponse): RefusalCode {
  const problem = JSON.parse(body) as Record<string, unknown>
  const code = problem['code'] as RefusalCode
  expect(Object.keys(errorCodes)).toContain(code)
  const { error, detail, ...meaning } = errorCodes[code]
  expect(status).toBe(meaning.status)
  expect(headers['content-type']).toBe('application/problem+json')
  expect(headers['cache-control']).toBe('no-store')
  const parameters = error === undefined ? '' : `, error="${error}", error_description="${detail.replaceAll('"', "'")}"`
  expect(headers['www-authenticate']).toBe(error === null ? undefined : `Bearer realm="jobpass"${parameters}`)
  if (headers['retry-after'] !== undefined) expect(headers['retry-after']).toMatch(/^[1-9]\d?$/)
  if (status === 403) return code
  const claim = code === 'claims_invalid' && 'claim' in problem ? { claim: expect.any(String) as string } : {}
  expect(problem).toEqual({ title: titles[meaning.status], status, detail, code, ...claim })
  return code
}

const send = (to: MountedApp, values: readonly string[], path = 'POST /deploy'): Promise<ConformanceResponse> => {
  const [method = '', route = ''] = path.split(' ')
  return to.send({ method, path: route, headers: values.map((value) => ['authorization', value] as const) })
}

const frameworks = Object.entries(mounts).filter(([name]) => ['Express 5', 'Koa 3', 'Hono'].includes(name))

describe.each(frameworks)('%s', (_, mount) => {
  let mounted: Record<'required' | 'optional' | 'throwing', MountedApp>
  beforeAll(async () => {
    mounted = { required: await mount(app), optional: await mount(optional), throwing: await mount(cautious) }
  })
  afterAll(() => Promise.all(Object.values(mounted).map((each) => each.close())))

  test('admits every valid token', async () => {
    for (const token of goodTokens) expect((await send(mounted.required, [`Bearer ${token}`])).status).toBe(200)
  })

  test('lesson I6: answers anything as documented, and admits only what the reference accepts', async () => {
    await fc.assert(
      fc.asyncProperty(anyCredential, async (values) => {
        const response = await send(mounted.required, values)
        expect(comesBack(values, response)).toBe(false)
        if (response.status === 200) {
          const token = soleToken(values)
          expect(token).toBeDefined()
          expect(faultOf(token as string, referenceWorld)).toBeUndefined()
          expect(JSON.parse(response.body)).toMatchObject({ workload: { audience: referenceWorld.audience } })
        } else expectRefusal(response)
      }),
      { seed: 4, numRuns: 800 },
    )
  })

  test('lesson K1: an optional verifier admits a request without a valid token only without a caller', async () => {
    await fc.assert(
      fc.asyncProperty(anyCredential, async (values) => {
        const response = await send(mounted.optional, values, 'GET /whoami')
        expect(comesBack(values, response)).toBe(false)
        const token = soleToken(values)
        if (response.status !== 200) {
          expectRefusal(response)
          return
        }
        const { workload } = JSON.parse(response.body) as { workload: unknown }
        if (workload !== null) expect(faultOf(token ?? '', referenceWorld)).toBeUndefined()
        // And no route with a rule admits a request without a caller.
        else expect((await send(mounted.optional, values)).status).toBe(401)
      }),
      { seed: 5, numRuns: 250 },
    )
  })

  test('lesson I6: errors passed to the framework are never a 500, and repeat nothing of the request', async () => {
    await fc.assert(
      fc.asyncProperty(anyCredential, async (values) => {
        const response = await send(mounted.throwing, values)
        expect(comesBack(values, response)).toBe(false)
        expect([200, 400, 401, 403]).toContain(response.status)
        if (response.status === 200) expect(faultOf(soleToken(values) ?? '', referenceWorld)).toBeUndefined()
      }),
      { seed: 6, numRuns: 200 },
    )
  })
})
