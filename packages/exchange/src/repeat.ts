/**
 * A token request that is sent again, since its answer was lost on the way.
 *
 * The first one used the CI token up, and some platforms give a job only one. So a client sends an
 * `Idempotency-Key` with each attempt of one exchange
 * (https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/). For a minute or
 * two, the same request with the same key is answered again. A thief of the CI token does not know
 * the key.
 */

import type { EndpointRequest } from '@jobpass/core'
import { askStore, claimKey, digestKey, isSeen, Refusal } from '@jobpass/core/internal'
import { OAuthError } from './oauth-answer.ts'
import type { ReadExchange } from './options.ts'
import type { TokenRequest } from './token-request.ts'

const header = 'idempotency-key'

type Deps = Pick<ReadExchange, 'config' | 'clock'>

/**
 * The key under which the store remembers a request; `undefined` for a request without the header.
 * Another token, scope, audience or permission makes another key.
 */
export async function repeatKey(
  request: EndpointRequest,
  { token, scopes, audience, details }: TokenRequest,
): Promise<string | OAuthError | undefined> {
  const values = request.headers(header)
  if (values.length === 0) return undefined
  const [, secret] = /^"?([\w-]{22,128})"?$/.exec(values.length === 1 ? (values[0] as string) : '') ?? []
  // 22 characters of base64url hold 128 bits. A key that can be guessed would admit a thief.
  if (secret === undefined)
    return new OAuthError('invalid_request', 'Idempotency-Key must be one random text of 22 to 128 characters.')
  return digestKey(['repeat', secret, token, scopes, audience ?? null, details])
}

/** Whether the same request was answered within the last minute or two. */
export async function isRepeat(key: string, { config, clock }: Deps): Promise<boolean> {
  const minute = minuteOf(clock)
  const seen = await askStore(config, async (store) => {
    for (const each of [minute, minute - 1]) if (await isSeen(store, await digestKey([key, each]))) return true
    return false
  })
  return !(seen instanceof Refusal) && seen
}

/**
 * Remembers a request that used its token up. If the store does not answer, the request cannot be
 * repeated.
 */
export async function rememberRequest(key: string, { config, clock }: Deps): Promise<void> {
  const minute = minuteOf(clock)
  const until = (minute + 2) * 60
  await askStore(config, async (store) => claimKey(store, await digestKey([key, minute]), until))
}

/** A part of the key, since a store may keep entries for longer than it must. */
function minuteOf(clock: Deps['clock']): number {
  return Math.floor(clock.now() / 60_000)
}
