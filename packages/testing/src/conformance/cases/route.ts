import type { ConformanceCase } from '../case.ts'
import { githubJob, send } from '../world.ts'

const setup = 'trusting'
const missing = { status: 401, code: 'token_missing' } as const

/** Paths and methods: what the framework does by itself must not pass by the verifier. */
export const routeCases: readonly ConformanceCase[] = [
  {
    id: 'H01',
    must: 'MUST refuse a call without a token to a path that does not exist',
    setup,
    to: 'GET /nowhere',
    headers: send(),
    expect: missing,
  },
  {
    id: 'H02',
    must: 'MUST leave the answer for a path that does not exist to the framework, once the caller is verified',
    setup,
    to: 'GET /nowhere',
    headers: githubJob(),
    expect: { status: 404, frameworkAnswers: true },
  },
  {
    id: 'H03',
    must: 'MUST refuse OPTIONS without a token: CORS is for a middleware before the verifier',
    setup,
    to: 'OPTIONS /deploy',
    headers: send(['origin', 'https://app.acme.dev'], ['access-control-request-method', 'POST']),
    expect: missing,
  },
  {
    id: 'H04',
    must: 'MUST refuse HEAD without a token, with the challenge',
    setup,
    to: 'HEAD /whoami',
    headers: send(),
    expect: { ...missing, frameworkAnswers: true },
  },
  ...['/deploy/', '/DEPLOY', '/%64eploy', '//deploy', '/./deploy', '/deploy;a=b', '/deploy%00'].map((path, index) => ({
    id: `H1${index}`,
    must: `MUST refuse a call without a token to ${path}, whatever route that is`,
    setup: 'trusting' as const,
    to: `POST ${path}`,
    headers: send(),
    expect: missing,
  })),
  ...['GET', 'PUT', 'DELETE', 'PATCH'].map((method, index) => ({
    id: `H2${index}`,
    must: `MUST refuse ${method} without a token on a route of POST`,
    setup: 'trusting' as const,
    to: `${method} /deploy`,
    headers: send(),
    expect: missing,
  })),
]
