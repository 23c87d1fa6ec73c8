/** The audience of a server whose own is not known. */

import { createVerifier } from '@jobpass/core'
import type { Claims } from './local-issuer.ts'
import type { ServerOptions } from './server.ts'

/** An audience that no token has. */
const placeholder = 'https://api.example'

/** The audiences to examine with. */
export interface AudienceChoice {
  /** The names of the API. */
  readonly audience: readonly string[]
  /** Whether they are made up, so that a token for another audience is not to blame. */
  readonly madeUp: boolean
}

/**
 * The audiences of the token, where the caller names none. A platform's default audience is no
 * name of an API: a verifier refuses to start with it, so a name is made up.
 */
export function chooseAudience(claims: Claims | undefined, options: ServerOptions): AudienceChoice {
  if (options.audience.length > 0) return { audience: options.audience, madeUp: false }
  const audience = [claims?.['aud']].flat().filter((each) => typeof each === 'string' && each.trim() !== '') as string[]
  return audience.length > 0 && isAccepted({ ...options, audience })
    ? { audience, madeUp: false }
    : { audience: [placeholder], madeUp: true }
}

function isAccepted({ audience, trust, strict }: ServerOptions): boolean {
  try {
    createVerifier({ audience, trust, strict, onWarning: () => {} })
    return true
  } catch {
    return false
  }
}
