/**
 * A token request that is sent again, since its answer was lost on the way.
 *
 * The first one used the CI token up, and some platforms give a job only one. So a client sends an
 * `Idempotency-Key` with each attempt of one exchange
 * (https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/). The claim of the
 * CI token holds who made it, so it does not matter where the answer was lost: on the way, with the
 * process, or between the store and the process. A thief of the CI token does not know the key.
 */

import type { EndpointRequest } from '@jobpass/core'
import { digestKey } from '@jobpass/core/internal'
import type { Binding } from './binding.ts'
import { OAuthError } from './oauth-answer.ts'
import type { ReadExchange } from './options.ts'
import type { TokenRequest } from './token-request.ts'

const header = 'idempotency-key'

/**
 * The minutes in which the request may have been sent first, from the present one on. The next one
 * is that of a process whose clock is ahead.
 */
const minutes = [0, -1, -2, 1]

/** A request that may be sent again. */
export interface Repeatable {
  /** The `jti` of its tokens: the same in each answer, so that they count as one token. */
  readonly tokenId: string
  /** Who claims the CI token: a name for each minute in which the first claim may have been. */
  readonly by: readonly string[]
}

/**
 * Reads whether a request may be sent again; `undefined` for one without the header. Another token,
 * grant type, scope, audience, permission, key or certificate makes another request.
 */
export async function readRepeatable(
  request: EndpointRequest,
  { token, grantType, scopes, audience, details }: TokenRequest,
  { proof, certificate }: Binding,
  { clock }: Pick<ReadExchange, 'clock'>,
): Promise<Repeatable | OAuthError | undefined> {
  const values = request.headers(header)
  if (values.length === 0) return undefined
  const [, secret] = /^"?([\w-]{22,128})"?$/.exec(values.length === 1 ? (values[0] as string) : '') ?? []
  // 22 characters of base64url hold 128 bits. A key that can be guessed would admit a thief.
  if (secret === undefined)
    return new OAuthError('invalid_request', 'Idempotency-Key must be one random text of 22 to 128 characters.')
  const bound = [proof?.thumbprint ?? null, certificate ?? null]
  const asked = await digestKey(['repeat', secret, token, grantType.name, scopes, audience ?? null, details, bound])
  const minute = Math.floor(clock.now() / 60_000)
  return {
    tokenId: await digestKey([asked, 'jti']),
    by: await Promise.all(minutes.map((each) => digestKey([asked, minute + each]))),
  }
}
