// Serves two thousand requests with a body of 8 KB each, and prints how many bytes of memory a
// collection of young objects does not free. Run with --expose-gc.

import type { FrameworkBinding } from '@jobpass/core/adapter'
import { createAuthenticator, createGuard, showWorkload } from '@jobpass/core/adapter'
import { githubActions } from '@jobpass/core'
import { clockAt, fetchKeys, githubPush, now, signToken } from '@jobpass/testing/internal'

interface Request {
  readonly state: object
  readonly body: readonly number[]
}

const kinds: Readonly<Record<string, Pick<FrameworkBinding<Request>, 'show' | 'ownHiddenClass'>>> = {
  request: { show: (request) => showWorkload(request) },
  state: { show: (request) => showWorkload(request, request.state) },
  'hidden classes': { show: () => {}, ownHiddenClass: true },
}

const rule = githubActions({ ownerId: '1234567' })
const { authenticate } = createAuthenticator<Request>(
  { audience: 'https://api.acme.dev', trust: rule, fetch: fetchKeys(), clock: clockAt(now), onVerdict: () => {} },
  {
    place: 'request.workload',
    read: () => undefined,
    request: () => ({ method: 'GET', path: '/deploy', headers: () => [] }),
    show: () => {},
    ...kinds[process.argv[2] ?? ''],
  },
)
const guard = createGuard([rule])
const token = signToken(githubPush)
const { gc: collect } = globalThis as unknown as { readonly gc: (options: { readonly type: 'minor' }) => void }

async function serve(count: number): Promise<number> {
  for (let index = 0; index < count; index++) {
    const request = { state: {}, body: Array.from({ length: 1000 }, () => index) }
    const refused = (await authenticate(request, [`Bearer ${token}`])) ?? (await guard(request, undefined))
    if (refused !== undefined) throw new Error(refused.body)
  }
  for (let time = 0; time < 3; time++) collect({ type: 'minor' })
  return process.memoryUsage().heapUsed
}

const before = await serve(200)
process.stdout.write(String((await serve(2000)) - before))
