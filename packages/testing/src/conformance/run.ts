/** Runs a case against an app that an adapter mounted, and reports the differences as text. */

import type { RefusalCode } from '@jobpass/core'
import { errorCodes } from '@jobpass/core'
import type { ConformanceCase, ConformanceRequest, ConformanceResponse, Expectation } from './case.ts'
import type { ConformanceApp } from './app.ts'
import type { SetupName } from './setups.ts'
import { setups } from './setups.ts'
import type { World } from './world.ts'

/** A mounted app that can be called. */
export interface MountedApp {
  /** Sends one request. */
  send(request: ConformanceRequest): Promise<ConformanceResponse>
  /** Stops the app and releases its sockets. */
  close(): Promise<void>
}

/** Mounts an app with an adapter: the only function that an adapter must supply. */
export type Mount = (app: ConformanceApp) => Promise<MountedApp>

/** An adapter under test; each setup is mounted once. */
export interface ConformanceRun {
  /**
   * Sends the case's request and returns the response. Throws an `Error` that lists the differences
   * from the expected one.
   */
  run(testCase: ConformanceCase): Promise<ConformanceResponse>
  /** Closes every mounted app. */
  close(): Promise<void>
}

/**
 * Starts a run of the suite against an adapter.
 *
 * @example
 * ```ts
 * const suite = startConformance(mount, await createWorld())
 * for (const testCase of conformanceCases)
 *   test(`${testCase.id}: ${testCase.must}`, () => suite.run(testCase))
 * ```
 */
export function startConformance(mount: Mount, world: World): ConformanceRun {
  const mounted = new Map<SetupName, Promise<MountedApp>>()
  let handled = 0
  const appOf = (name: SetupName): Promise<MountedApp> => {
    const app = mounted.get(name) ?? mount({ ...setups[name](world), handled: () => void handled++ })
    mounted.set(name, app)
    return app
  }
  return {
    run: async (testCase) => {
      const [method = '', path = ''] = testCase.to.split(' ')
      const headers = await testCase.headers(world)
      const app = await appOf(testCase.setup)
      handled = 0
      const response = await app.send({ method, path, headers })
      const faults = faultsOf(testCase, headers, response)
      const expected = response.status === 200 ? 1 : 0
      if (handled !== expected) faults.push(`runs of the handler: expected ${expected}, got ${handled}`)
      if (faults.length > 0) {
        throw new Error(
          `${testCase.id} ${testCase.must}\n${faults.join('\n')}\n${JSON.stringify(response, undefined, 2)}`,
        )
      }
      return response
    },
    close: async () => {
      await Promise.all([...mounted.values()].map(async (app) => (await app).close()))
    },
  }
}

function faultsOf(
  { setup, expect }: ConformanceCase,
  sent: ConformanceRequest['headers'],
  response: ConformanceResponse,
): string[] {
  const faults: string[] = []
  const check = (what: string, actual: unknown, expected: unknown): void => {
    if (!sameJson(actual, expected))
      faults.push(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`)
  }
  check('status', response.status, expect.status)
  const challenge = challengeOf(expect.code, setup)
  if (expect.code !== undefined) check('www-authenticate', response.headers['www-authenticate'], challenge)
  if (expect.code !== undefined) check('retry-after', response.headers['retry-after'], expect.retryAfter?.toString())
  for (const secret of secretsOf(sent)) {
    const everything = JSON.stringify([response.headers, response.body])
    if (everything.includes(secret)) faults.push('a part of the token came back')
  }
  for (const name of expect.withoutHeaders ?? []) check(name, response.headers[name], undefined)
  if (expect.frameworkAnswers || faults.length > 0) return faults
  if (expect.status !== 200) {
    check('content-type', response.headers['content-type'], 'application/problem+json')
    check('cache-control', response.headers['cache-control'], 'no-store')
  }
  checkBody(check, expect, response.body)
  return faults
}

function checkBody(
  check: (what: string, actual: unknown, expected: unknown) => void,
  expect: Expectation,
  text: string,
): void {
  const body = JSON.parse(text) as Record<string, unknown>
  if (expect.code !== undefined) {
    check('code', body['code'], expect.code)
    check('status in the body', body['status'], expect.status)
  }
  for (const [name, value] of Object.entries(expect.body ?? {})) check(name, body[name], value)
  if (expect.workload === undefined) return
  const workload = body['workload'] as Record<string, unknown> | null
  if (expect.workload === null || workload === null) return check('workload', workload, expect.workload)
  for (const [name, value] of Object.entries(expect.workload)) check(`workload.${name}`, workload[name], value)
}

const realms: Partial<Record<SetupName, string>> = { renamed: 'acme deploy' }

/**
 * The expected challenge (RFC 6750 §3): without `error` for a request without a token, else with
 * one of the three registered errors; none for an outage.
 */
function challengeOf(code: RefusalCode | undefined, setup: SetupName): string | undefined {
  if (code === undefined) return undefined
  const { error, detail } = errorCodes[code]
  if (error === null) return undefined
  const realm = `Bearer realm="${realms[setup] ?? 'jobpass'}"`
  return error === undefined ? realm : `${realm}, error="${error}", error_description="${detail.replaceAll('"', "'")}"`
}

/** Signatures and payloads that were sent and must never be returned. */
function secretsOf(sent: ConformanceRequest['headers']): readonly string[] {
  return sent.flatMap(([, value]) => value.split(/[ .,]+/).filter((part) => part.length > 30))
}

function sameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
