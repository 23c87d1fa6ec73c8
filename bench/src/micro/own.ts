/**
 * The two entry points of jobpass: the public `verify()`, which is awaited, and the synchronous
 * step behind the adapters.
 */

import type { Verifier } from '@jobpass/core'
import { createAuthenticator } from '@jobpass/core/adapter'
import type { Subject } from '../measure/interleave.ts'
import { settled } from '../measure/interleave.ts'
import { freshly } from '../tokens.ts'

/** Calls `verify(token)`; rejections are caught. */
export function throughVerify(name: string, verifier: Verifier, token: () => string): Subject {
  return settled(
    name,
    () => freshly(token()),
    (text) => verifier.verify(text).catch(() => undefined),
  )
}

/**
 * Passes a request's header to the step of `workloadAuth`. Awaited if it returns a promise: when it
 * looks for a newer key, and when the event-loop budget is used up.
 */
export function throughEntrance(
  name: string,
  verifier: Verifier,
  token: () => string,
  create: typeof createAuthenticator = createAuthenticator,
): Subject {
  const { authenticate } = create(verifier)
  return settled(
    name,
    () => ({ request: {}, values: [freshly(`Bearer ${token()}`)] }),
    ({ request, values }) => authenticate(request, values),
  )
}
