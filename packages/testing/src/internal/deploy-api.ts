/** What the deploy APIs of examples answer, whatever serves them: cases as data. */

import { sendHead } from './programs.ts'

/** A served example. */
interface DeployApi {
  readonly url: string
  /** The URL of another one, whose issuer has an outage. */
  readonly offline: string
  /** Makes a token of a push to main. */
  readonly mint: (claims?: Readonly<Record<string, unknown>>) => Promise<string>
}

interface Problem {
  readonly code: string
  readonly checks: readonly { readonly field: string; readonly actual: unknown }[]
}

const deploy = (url: string, token?: string): Promise<Response> =>
  fetch(`${url}/deploy`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: '{}',
  })
const stranger = { ref: 'refs/heads/next' }

/** What is shown, the call, and its outcome. */
export const deployApiCases: readonly (readonly [
  title: string,
  call: (api: DeployApi) => Promise<unknown>,
  outcome: unknown,
])[] = [
  [
    'main deploys, and the handler knows the commit',
    async ({ url, mint }) => {
      const response = await deploy(url, await mint({ sha: 'c0ffee' }))
      return [response.status, await response.json()]
    },
    [200, { deployed: 'acme/shop', commit: 'c0ffee' }],
  ],
  [
    'another branch may not deploy, and reads why',
    async ({ url, mint }) => {
      const response = await deploy(url, await mint(stranger))
      const { code, checks } = (await response.json()) as Problem
      return [
        response.status,
        response.headers.get('content-type'),
        code,
        checks.map((each) => [each.field, each.actual]),
      ]
    },
    [403, 'application/problem+json', 'workload_forbidden', [['branch', 'next']]],
  ],
  [
    'a call without a token is challenged',
    async ({ url }) => {
      const { status, headers } = await deploy(url)
      return [status, headers.get('www-authenticate')]
    },
    [401, 'Bearer realm="jobpass"'],
  ],
  [
    'two lines of Authorization are refused, although the first is good',
    async ({ url, mint }) => {
      const lines = [await mint(), await mint(stranger)].map((token) => `authorization: Bearer ${token}`)
      const answer = await sendHead(url, ['POST /deploy HTTP/1.1', 'content-type: application/json', ...lines])
      return [answer.slice(0, 'HTTP/1.1 400'.length), answer.includes('"request_malformed"')]
    },
    ['HTTP/1.1 400', true],
  ],
  [
    'an outage of the issuer is no fault of the caller',
    async ({ offline, mint }) => {
      const response = await deploy(offline, await mint())
      return [response.status, ((await response.json()) as Problem).code]
    },
    [503, 'issuer_unavailable'],
  ],
  [
    'the health check needs no token, and an unknown path is 404',
    async ({ url }) => [
      await (await fetch(`${url}/healthz`)).text(),
      (await fetch(`${url}/nothing`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }))
        .status,
    ],
    ['ok', 404],
  ],
]
