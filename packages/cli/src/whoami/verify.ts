/** Verifies a token as an API would, whatever any rule says. */

import type { AnyWorkload, RefusalCode } from '@jobpass/core'
import { createVerifier, WorkloadAuthError } from '@jobpass/core'
import type { AnyProvider } from '@jobpass/policy/built-in'
import type { Context } from '../context.ts'
import { everyJobOf } from '../explain/identify.ts'
import type { Claims } from '../explain/local-issuer.ts'

/** What to verify. */
export interface Evidence {
  /** The token. */
  readonly text: string
  /** Its claims, which nothing has verified. */
  readonly claims: Claims
  /** Its `iss`. */
  readonly iss: string
  /** The platform of the issuer. */
  readonly provider: AnyProvider
}

/**
 * Fetches the keys of the issuer, and checks signature, dates and audience. Returns the code of the
 * refusal, or `undefined` for a token that is good.
 */
export async function verifyToken(
  { fetch, now }: Pick<Context, 'fetch' | 'now'>,
  { text, claims, iss, provider }: Evidence,
): Promise<RefusalCode | undefined> {
  const { fixedAudience } = provider.table
  const settings = {
    maxLifetime: 604_800,
    ...(fixedAudience && { audience: claims['aud'], sharedAudience: 'accepted' }),
  }
  let workload: AnyWorkload | undefined
  const verifier = createVerifier({
    audience: fixedAudience ? 'https://api.example' : audiencesOf(claims),
    trust: everyJobOf(iss, provider, settings),
    fetch,
    clock: { now, after: afterwards },
    onVerdict: (event) => (workload = event.workload),
    onWarning: () => {},
  })
  try {
    await verifier.authorize(`Bearer ${text}`)
  } catch (error) {
    if (!(error instanceof WorkloadAuthError)) throw error
    // The look-up knows no rule, so a good token is refused as well, after its identity was made.
    return workload === undefined ? error.code : undefined
  }
  return undefined
}

/** The audiences of a token. */
function audiencesOf({ aud }: Claims): readonly string[] {
  return [aud].flat().filter((each) => typeof each === 'string')
}

function afterwards(milliseconds: number, callback: () => void): () => void {
  const timer = setTimeout(callback, milliseconds)
  return () => clearTimeout(timer)
}
