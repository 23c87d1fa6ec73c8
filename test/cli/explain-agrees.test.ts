// `jobpass explain` says what the middleware decides: on every denial, every payload, and jobs that
// a property makes.

import type { AnyWorkload, RouteRule, TrustRule, VerdictEvent } from '@jobpass/core'
import { circleci, createVerifier, githubActions, gitlab, glob, WorkloadAuthError } from '@jobpass/core'
import type { Examination } from '@jobpass/cli/internal'
import { examine, readCredential } from '@jobpass/cli/internal'
import { createTestIssuer } from '@jobpass/testing'
import type { World } from '@jobpass/testing/conformance'
import { createWorld } from '@jobpass/testing/conformance'
import * as fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { denials, denialTrust } from '../denials/corpus.ts'
import { payloadsOf, serve } from '../providers/payload.ts'
import { presets } from '../providers/presets.ts'

const audience = 'https://api.acme.dev'

/** A request to a server. */
interface Request {
  readonly token: string
  readonly trust: readonly TrustRule<AnyWorkload>[]
  readonly route: readonly RouteRule<AnyWorkload>[]
  readonly fetch: typeof fetch
  /** Milliseconds since 1970. */
  readonly now: number
}

interface Decision {
  readonly code: string
  readonly status: number
  readonly layer: string
  readonly claim: string | undefined
  readonly hint: string | undefined
  readonly verdict: unknown
}

const decisionOf = (
  event: VerdictEvent,
  error: { readonly code: string; readonly status: number } | undefined,
): Decision => ({
  code: error?.code ?? 'allowed',
  status: error?.status ?? 200,
  layer: event.layer,
  claim: event.claim,
  hint: event.hint,
  verdict: event.verdict && JSON.parse(JSON.stringify(event.verdict)),
})

/** What the middleware decides. */
async function byMiddleware({ token, trust, route, fetch, now }: Request): Promise<Decision> {
  const events: VerdictEvent[] = []
  const verifier = createVerifier({
    audience,
    trust,
    fetch,
    clock: { now: () => now, after: () => () => {} },
    onVerdict: (event) => events.push(event),
    onWarning: () => {},
  })
  const [first, ...more] = route
  const authorized =
    first === undefined ? verifier.authorize(`Bearer ${token}`) : verifier.guard(first, ...more)(`Bearer ${token}`)
  const error = await authorized.then(
    () => undefined,
    (thrown: unknown) => {
      if (thrown instanceof WorkloadAuthError) return thrown
      throw thrown
    },
  )
  return decisionOf(events.at(-1) as VerdictEvent, error)
}

function byExplain(request: Request, online: boolean): Promise<Examination> {
  const { token, trust, route, fetch, now } = request
  const options = { audience: [audience], trust, trustIsGuess: false, route, strict: false, maxTokenAge: undefined }
  return examine(readCredential(token), { ...options, now, fetch: online ? fetch : undefined })
}

const firstOf = ({ steps: [step], last }: Examination): Decision => decisionOf(step?.event ?? last, step)

/** Codes that need the keys of the issuer. */
const byKeys = new Set(['key_unknown', 'signature_invalid', 'issuer_unavailable'])

async function expectAgreement(request: Request): Promise<void> {
  const wanted = await byMiddleware(request)
  const verified = await byExplain(request, true)
  expect(firstOf(verified)).toEqual(wanted)
  if (wanted.code === 'allowed') expect(verified.unverified).toEqual([])
  expect(verified.allowed).toBe(wanted.code === 'allowed')
  if (byKeys.has(wanted.code)) return
  const unverified = await byExplain(request, false)
  expect(firstOf(unverified)).toEqual(wanted)
  // It leans on a signature that nothing checked, so it is never a plain yes.
  if (unverified.allowed) expect(unverified.unverified).toContain('signature')
}

describe('the denials', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
  })

  test.each(denials)('$by: $name', async ({ by, claims, rules, trigger = 'push' }) => {
    const token = await world[by].mint({ aud: audience, ...claims }, { trigger: trigger as 'push' })
    await expectAgreement({ token, trust: denialTrust, route: rules, fetch: world.fetch, now: world.clock.now() })
  })
})

describe.each(presets)('the payloads of $provider.title', (preset) => {
  test.each(payloadsOf(preset.provider.id))('$what', async (payload) => {
    await expectAgreement({ ...(await serve(preset, payload)), route: [] })
  })
})

test('500 jobs with changed claims, headers and texts are decided alike', async () => {
  const issuers = [
    await createTestIssuer(githubActions),
    await createTestIssuer(gitlab),
    await createTestIssuer(circleci),
  ]
  const org = '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22'
  const trust = [githubActions({ ownerId: '1234567' }), gitlab({ ownerId: '99' }), circleci({ ownerId: org })] as const
  const routes: readonly (readonly TrustRule<AnyWorkload>[])[] = [
    [githubActions({ repositoryId: '74205118', branch: 'main' }), gitlab({ repositoryId: '48120077', branch: 'main' })],
    [
      githubActions({ ownerId: '1234567', tag: glob('v*') }),
      circleci({ ownerId: org, repository: 'github.com/acme/shop', branch: 'main' }),
    ],
    [gitlab({ ownerId: '99', branch: 'main', environment: 'production' })],
  ]
  const now = Date.now()
  const fetchAny: typeof fetch = async (input, init) => {
    for (const issuer of issuers) {
      const answer = await issuer.fetch(input, init)
      if (answer.ok) return answer
    }
    return new Response('', { status: 404 })
  }
  const seconds = Math.floor(now / 1000)
  const claim = fc.oneof(
    fc.record({ ref: fc.constantFrom('refs/heads/main', 'refs/heads/dev', 'refs/tags/v1.0.0', 'main') }),
    fc.record({ aud: fc.constantFrom(audience, 'https://other.dev', [audience], [audience, 'b'], [], 7, undefined) }),
    fc.record({ exp: fc.constantFrom(seconds - 3600, seconds + 60, seconds + 864_000, 'soon', undefined) }),
    fc.record({ iat: fc.constantFrom(seconds + 3600, seconds - 7200, undefined) }),
    fc.record({ nbf: fc.constantFrom(seconds + 3600, seconds - 10) }),
    fc.record({ iss: fc.constantFrom('https://gitlab.com/', 'https://evil.example', 'https://gitlab.com', undefined) }),
    fc.record({ repository_id: fc.constantFrom('1', 74_205_118, '', undefined), project_id: fc.constantFrom('1', 5) }),
    fc.record({ event_name: fc.constantFrom('push', 'pull_request', 'issue_comment', 'new_event', undefined) }),
    fc.record({ pipeline_source: fc.constantFrom('push', 'merge_request_event', 'chat') }),
    fc.record({ sub: fc.constantFrom('a:b', undefined, ['x']), cnf: fc.constantFrom({ jkt: 'x' }, undefined) }),
    fc.constant({}),
  )
  const changedHeader = fc.constantFrom(
    { typ: 'at+jwt' },
    { crit: ['x'], x: 1 },
    { kid: 'other' },
    { cty: 'JWT' },
    { typ: undefined },
  )
  const header = fc.oneof({ weight: 4, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: changedHeader })
  const changedText = fc.constantFrom(
    (token: string) => `"${token}"`,
    (token: string) => token.slice(0, -3),
    (token: string) => `${token.slice(0, -5)}AAAAA`,
    (token: string) => token.replace(/\.[^.]*$/, '.'),
    (token: string) => token.replace('.', '..'),
    () => 'null',
  )
  const text = fc.oneof(
    { weight: 3, arbitrary: fc.constant((token: string) => token) },
    { weight: 1, arbitrary: changedText },
  )
  const codes = new Set<string>()
  await fc.assert(
    fc.asyncProperty(
      fc.nat({ max: 2 }),
      fc.nat({ max: 9 }),
      fc.array(claim, { maxLength: 3 }),
      header,
      text,
      fc.constantFrom(...routes),
      async (index, trigger, claims, changed, write, route) => {
        const issuer = issuers[index] as (typeof issuers)[number]
        const named = issuer.triggers[trigger % issuer.triggers.length] as 'push'
        const given = Object.assign({ aud: audience }, ...claims) as Record<string, unknown>
        const minted = await issuer.mint(given, { trigger: named, header: changed }).catch((error: unknown) => {
          // The signer refuses some headers and claims, which no issuer sends either.
          if (error instanceof TypeError || (error as Error).name === 'JOSENotSupported') return undefined
          throw error
        })
        fc.pre(minted !== undefined)
        const request = { token: write(minted), trust, route, fetch: fetchAny, now }
        codes.add((await byMiddleware(request)).code)
        await expectAgreement(request)
      },
    ),
    { numRuns: 500 },
  )
  // The property reaches every kind of refusal.
  expect([...codes].toSorted()).toEqual(
    expect.arrayContaining([
      'allowed',
      'audience_mismatch',
      'claims_invalid',
      'header_unsupported',
      'issuer_untrusted',
      'signature_invalid',
      'token_malformed',
      'workload_forbidden',
    ]),
  )
})
