/**
 * A Worker with a replay store on a Durable Object: `/cases` lists the contract, `/case/ID` checks
 * a case, `/claim/KEY` claims a key for a minute, and `/ring` rings the alarm of the object.
 */

import type { ReplayClaimsState, ReplayNamespace } from '@jobpass/stores/durable-objects'
import { durableObjectReplayStore, ReplayClaims } from '@jobpass/stores/durable-objects'
import { replayStoreCases } from '@jobpass/testing/stores'

interface Env {
  readonly CLAIMS: ReplayNamespace
  readonly SILENT: ReplayNamespace
}

/** The object, which also rings its alarm and counts its keys. */
export class Claims extends ReplayClaims {
  readonly #storage: ReplayClaimsState['storage']

  constructor(state: ReplayClaimsState) {
    super(state)
    this.#storage = state.storage
  }

  override async fetch(request: Request): Promise<Response> {
    if (!request.url.endsWith('/ring')) return super.fetch(request)
    const { sql } = this.#storage
    const ended = Date.now() / 1000 - 7200
    for (let index = 0; index < 450; index++)
      sql.exec('INSERT INTO claims (key, expires_at) VALUES (?, ?)', `ended ${index}`, ended)
    const count = (): unknown =>
      sql.exec('SELECT count(*) AS n FROM claims WHERE expires_at = ?', ended).toArray()[0]?.['n']
    const before = count()
    await this.#storage.setAlarm(Date.now())
    while (count() !== 0) await new Promise((resolve) => setTimeout(resolve, 50))
    const next = (await this.#storage.getAlarm()) ?? 0
    return new Response(`deleted ${String(before)}, ${next > Date.now() ? 'rings again' : 'is silent'}`)
  }
}

/** An object that never answers. */
export class Silent {
  fetch(): Promise<Response> {
    return new Promise(() => {})
  }
}

/** One store for all requests of the isolate, as applications have it. */
let shared: ReturnType<typeof durableObjectReplayStore> | undefined

const failureOf = (failure: unknown): string => (failure instanceof Error ? failure.message : String(failure))

export default {
  fetch: async (request: Request, env: Env): Promise<Response> => {
    const [, what, name = ''] = new URL(request.url).pathname.split('/')
    const store = (shared ??= durableObjectReplayStore(env.CLAIMS))
    if (what === 'cases') return Response.json(replayStoreCases.map(({ id }) => id))
    if (what === 'claim') return new Response(await store.claim(name, Date.now() / 1000 + 60))
    if (what === 'ring') {
      const stub = env.CLAIMS.get(env.CLAIMS.idFromName('jobpass') as never)
      return stub.fetch('https://claims/ring', { method: 'POST', body: '' }) as Promise<Response>
    }
    const found = replayStoreCases.find(({ id }) => id === name)
    const setup = {
      open: () => store,
      openApart: () => durableObjectReplayStore(env.CLAIMS, { name: 'other' }),
      openUnreachable: () => durableObjectReplayStore(env.SILENT, { timeout: 0.2 }),
    }
    return new Response(
      await (found?.run(setup) ?? Promise.reject(new Error('no such case'))).then(() => 'kept', failureOf),
    )
  },
}
