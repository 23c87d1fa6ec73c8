/** For tests of applications: checks which tokens the routes of an app admit. */

import type { SeenRefusal } from '@jobpass/core/internal'
import { readOptions, watchRefusals } from '@jobpass/core/internal'
import type { GuardableApp } from './app-client.ts'
import { connect } from './app-client.ts'

/** The options of `expectGuarded`. */
export interface GuardedOptions {
  /**
   * A token of a job that `trust` admits and that none of the routes does. It proves that each
   * route has a guard of its own: behind `workloadAuth`, every path answers 401 without a token,
   * also one that does not exist.
   */
  readonly stranger: string
  /** The header of the token. Default `'authorization'`. */
  readonly header?: string
}

/**
 * Calls each route without a token and with a stranger's. Throws an `Error` that lists the routes
 * that no `requireWorkload` guards: forgotten, in the wrong place, or routes that do not exist. The
 * answer of the app does not count, so it also works with `errors: 'throw'`.
 *
 * A path parameter can have any value, because the guard answers before the handler: `'POST
 * /projects/7/deploy'`.
 *
 * @throws {TypeError} for options or routes that are not well-formed, and for a stranger whose
 * token `workloadAuth` refuses.
 * @example
 * ```ts
 * const stranger = await issuer.mint({ aud: 'https://api.acme.dev', repository: 'acme/other' })
 * await expectGuarded(app, ['POST /deploy', 'GET /artifacts/1'], { stranger })
 * ```
 */
export async function expectGuarded(
  app: GuardableApp,
  routes: readonly string[],
  options: GuardedOptions,
): Promise<void> {
  if (routes.length === 0) throw new TypeError("expectGuarded() needs routes, such as 'POST /deploy'")
  const { stranger, header } = readOptions<GuardedOptions>('expectGuarded(): its options', options, {
    stranger: true,
    header: true,
  })
  if (typeof stranger !== 'string')
    throw new TypeError('expectGuarded() needs stranger: the token of a job that trust admits, and no route')
  const open = await calling(app, header, async (call) => {
    const found: string[] = []
    for (const route of routes) {
      const without = await call(route, undefined)
      if (without.refusal?.code !== 'token_missing') found.push(`${route} answered ${without.answer} without a token`)
      const { refusal, answer } = await call(route, stranger)
      if (refusal?.by === 'workloadAuth')
        throw new TypeError(
          `expectGuarded(): workloadAuth() refused the stranger (${refusal.code}): mint a token that trust admits`,
        )
      if (refusal === undefined) found.push(`${route} has no guard: it answered ${answer} to a stranger`)
    }
    return found
  })
  if (open.length > 0) throw new Error(`Not guarded:\n${open.join('\n')}`)
}

/** What `expectRoute` expects. */
export interface ExpectedTokens {
  /** Tokens that the route admits. Its handler runs for each. Default: none. */
  readonly allows?: readonly string[]
  /** Tokens that it refuses. Default: none. */
  readonly refuses?: readonly string[]
  /** More headers and the body of the requests. Default: none. */
  readonly request?: {
    /** Headers in addition to that of the token. Default: none. */
    readonly headers?: Readonly<Record<string, string>>
    /** The body. Default: none. */
    readonly body?: string
  }
  /** The header of the token. Default `'authorization'`. */
  readonly header?: string
}

/**
 * Calls a route with each token, and without one. Throws an `Error` that lists the tokens whose
 * call did not end as expected.
 *
 * @throws {TypeError} for options or a route that are not well-formed.
 * @example
 * ```ts
 * await expectRoute(app, 'POST /deploy', {
 *   allows: [await issuer.mint({ aud, ref: 'refs/heads/main' })],
 *   refuses: [await issuer.mint({ aud, ref: 'refs/heads/dev' })],
 * })
 * ```
 */
export async function expectRoute(app: GuardableApp, route: string, expected: ExpectedTokens): Promise<void> {
  const {
    allows = [],
    refuses = [],
    request,
    header,
  } = readOptions<ExpectedTokens>('expectRoute(): its options', expected, {
    allows: true,
    refuses: true,
    request: true,
    header: true,
  })
  if (allows.length + refuses.length === 0)
    throw new TypeError('expectRoute() needs tokens: { allows: […], refuses: […] }')
  const wrong = await calling(
    app,
    header,
    async (call) => {
      const found: string[] = []
      const without = await call(route, undefined)
      if (without.refusal === undefined) found.push(`answered ${without.answer} without a token`)
      for (const [index, token] of allows.entries()) {
        const { refusal, answer } = await call(route, token)
        if (refusal !== undefined) found.push(`refused allows[${index}]: ${refusal.code}`)
        else if (answer === '404' || answer === '405') found.push(`answered ${answer} to allows[${index}]`)
      }
      for (const [index, token] of refuses.entries()) {
        const { refusal, answer } = await call(route, token)
        if (refusal === undefined) found.push(`admitted refuses[${index}]: answered ${answer}`)
      }
      return found
    },
    request,
  )
  if (wrong.length > 0) throw new Error(`${route}:\n${wrong.join('\n')}`)
}

/** What came of one call. */
interface Outcome {
  /** The first refusal; `undefined` where none was made. */
  readonly refusal: SeenRefusal | undefined
  /** The status of the answer. */
  readonly answer: string
}

type Call = (route: string, token: string | undefined) => Promise<Outcome>

/** Calls run one after another, since a refusal does not name the request that it is for. */
let last: Promise<unknown> = Promise.resolve()

async function calling<T>(
  app: GuardableApp,
  header: string = 'authorization',
  run: (call: Call) => Promise<T>,
  request: ExpectedTokens['request'] = {},
): Promise<T> {
  const turn = last.then(async () => {
    const client = await connect(app)
    try {
      return await run(async (route, token) => {
        const [method = '', path = ''] = route.split(' ')
        if (!/^[A-Z]+$/.test(method) || !path.startsWith('/'))
          throw new TypeError(`'${route}' is not a route: write 'POST /deploy'`)
        const seen: SeenRefusal[] = []
        watchRefusals((refusal) => seen.push(refusal))
        const headers = { ...request.headers, ...(token !== undefined && { [header]: `Bearer ${token}` }) }
        const { status } = await client.send(method, path, { ...request, headers })
        return { refusal: seen[0], answer: String(status) }
      })
    } finally {
      watchRefusals(undefined)
      client.close()
    }
  })
  last = turn.catch(() => {})
  return turn
}
