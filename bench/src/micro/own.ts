/** The two ways into jobpass: the public `verify()`, which is awaited, and the step that adapters are made of, which is done when it returns. */

import type { Verifier } from '@jobpass/core'
import { createAuthenticator } from '@jobpass/core/adapter'
import type { Subject } from '../measure/interleave.ts'
import { settled } from '../measure/interleave.ts'
import { freshly } from '../tokens.ts'

/** `verify(token)`; what it rejects with is caught. */
export function throughVerify(name: string, verifier: Verifier, token: () => string): Subject {
  return settled(
    name,
    () => freshly(token()),
    (text) => verifier.verify(text).catch(() => undefined),
  )
}

/** A request's header through `workloadAuth`'s own step; awaited where it does not answer at once, which is after a bad signature, and when a turn of the event loop has had its share. */
export function throughEntrance(name: string, verifier: Verifier, token: () => string): Subject {
  const { authenticate } = createAuthenticator(verifier)
  return settled(
    name,
    () => ({ request: {}, values: [freshly(`Bearer ${token()}`)] }),
    ({ request, values }) => authenticate(request, values),
  )
}
