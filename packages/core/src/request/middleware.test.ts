// The two steps of a middleware on one request.

import { expect, test } from 'vitest'
import { clockAt, fetchKeys, githubPush, now, signToken } from '@jobpass/testing/internal'
import { githubActions } from '../index.ts'
import type { VerdictEvent } from '../model/verdict-event.ts'
import { createAuthenticator, createGuard } from './middleware.ts'

test.each([{}, { ownHiddenClass: true }] as const)(
  'the events of the verifier and of each guard name the same request, by a binding with %j',
  async (kind) => {
    const events: VerdictEvent[] = []
    const rule = githubActions({ ownerId: '1234567' })
    const { authenticate } = createAuthenticator<object>(
      {
        audience: 'https://api.acme.dev',
        trust: rule,
        fetch: fetchKeys(),
        clock: clockAt(now),
        onVerdict: (event) => void events.push(event),
      },
      {
        place: 'request.workload',
        read: () => undefined,
        show: () => {},
        request: () => ({ method: 'POST', path: '/deploy', headers: () => [] }),
        ...kind,
      },
    )
    const steps = [rule, () => rule, githubActions({ ownerId: '7' })].map((each) => createGuard([each]))
    const request = {}
    expect(await authenticate(request, [`Bearer ${signToken(githubPush)}`])).toBeUndefined()
    for (const step of steps) await step(request, undefined)

    expect(events.map(({ layer, allowed, request: named }) => [layer, allowed, named])).toEqual([
      ['trust', true, { method: 'POST', path: '/deploy', raw: request }],
      ['route', true, { method: 'POST', path: '/deploy', raw: request }],
      ['route', true, { method: 'POST', path: '/deploy', raw: request }],
      ['route', false, { method: 'POST', path: '/deploy', raw: request }],
    ])
    expect(events.every(({ request: named }) => named?.raw === request)).toBe(true)
  },
)
