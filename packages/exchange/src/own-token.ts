/** Verifies a token that this exchange issued, with its own keys. */

import { serviceAlgorithms, serviceTokenType } from './trust/service-table.ts'
import type { ExchangeDeps } from './token-endpoint.ts'
import { createLocalJWKSet, jwtVerify } from 'jose'
import type { JSONWebKeySet, JWTPayload } from 'jose'

/** The claims of a token of this exchange. */
export type OwnClaims = JWTPayload & {
  /** Its id. */
  readonly jti: string
  /** When it expires, in seconds since 1970. */
  readonly exp: number
}

/**
 * The claims of a token of this exchange that has not expired; `undefined` for any other text.
 * `tolerance` is for how long after its end a token still counts, in seconds.
 */
export async function ownClaims(
  token: string,
  tolerance: number,
  { issuer, clock, schedule }: Pick<ExchangeDeps, 'issuer' | 'clock' | 'schedule'>,
): Promise<OwnClaims | undefined> {
  const now = clock.now()
  const keys = (await schedule()).published(now / 1000)
  try {
    const { payload } = await jwtVerify(token, createLocalJWKSet({ keys } as unknown as JSONWebKeySet), {
      issuer,
      typ: serviceTokenType,
      algorithms: [...serviceAlgorithms],
      requiredClaims: ['jti', 'exp'],
      currentDate: new Date(now),
      clockTolerance: tolerance,
    })
    return { ...payload, jti: String(payload.jti), exp: Number(payload.exp) }
  } catch {
    return undefined
  }
}
