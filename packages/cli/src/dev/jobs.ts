/** The jobs that a local issuer signs tokens of. */

import { isPlainObject, readOptions } from '@jobpass/core/internal'
import type { AnyProvider } from '@jobpass/policy/built-in'
import { createTestIssuer } from '@jobpass/testing'
import type { Claims } from '../explain/local-issuer.ts'
import { readCredential } from '../explain/read-credential.ts'

/** A request for a token. */
export interface TokenRequest {
  /** The trigger of the job. Default: the usual one. */
  readonly job?: string
  /** Claims and fields to set. Default: none. */
  readonly claims?: Claims
  /** The name of the API. Default: that of the local issuer. */
  readonly audience?: string
}

/** A token, with what is in it. */
export interface SignedToken {
  /** The token. */
  readonly token: string
  /** Its claims. */
  readonly claims: Claims
}

/** The jobs of a platform. */
export interface Jobs {
  /** The triggers, the usual one first. */
  readonly names: readonly string[]
  /** The document at a URL of the issuer; a 404 for any other URL. */
  readonly document: (url: string) => Promise<Response>
  /** Signs a token. Throws a `TypeError` for a request that is wrong, and for what no job has. */
  readonly sign: (request: unknown) => Promise<SignedToken>
}

const requestNames = { job: true, claims: true, audience: true } as const

/** Makes the jobs of a platform, with keys of their own, at the URL of a local issuer. */
export async function jobsOf(provider: AnyProvider, url: string, audience: string): Promise<Jobs> {
  const issuer = await createTestIssuer(provider, { issuer: url })
  const { fixedAudience, tokenType } = provider.table
  return {
    names: issuer.triggers,
    document: (at) => issuer.fetch(at),
    sign: async (given) => {
      const { job, claims = {}, audience: wanted } = readRequest(given)
      const aud = fixedAudience === undefined ? { aud: wanted ?? audience } : {}
      const token = await issuer.mint(
        { ...aud, ...claims },
        {
          ...(job !== undefined && { trigger: job as 'push' }),
          ...(tokenType !== undefined && { header: { typ: tokenType } }),
        },
      )
      const signed = readCredential(token).claims as Claims
      if (fixedAudience !== undefined && wanted !== undefined && wanted !== signed['aud'])
        throw new TypeError(`${provider.title} gives each token the audience '${String(signed['aud'])}' and no other`)
      return { token, claims: signed }
    },
  }
}

function readRequest(given: unknown): TokenRequest {
  const request = readOptions<TokenRequest>('the request for a token', given, requestNames)
  const { job, claims, audience } = request
  for (const [name, value] of Object.entries({ job, audience }))
    if (value !== undefined && typeof value !== 'string') throw new TypeError(`'${name}' must be text`)
  if (claims !== undefined && !isPlainObject(claims)) throw new TypeError("'claims' must be an object")
  return request
}
