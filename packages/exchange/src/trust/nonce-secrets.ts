/** Where the secrets of nonces are from: bytes, or a function that is asked again. */

import { nonceSecretsIn } from '../key-set.ts'
import type { FindKeySet } from '../key-set.ts'
import { askedAgain } from './asked-again.ts'
import type { AskingDeps } from './asked-again.ts'
import { createNonces } from './nonces.ts'
import type { Nonces } from './nonces.ts'

/** The present nonces. Rejects while no secret has been found yet. */
export type FindNonces = (deps: AskingDeps) => Promise<Nonces>

/** Reads the option `nonceSecret`. Throws a `TypeError` that says what to write. */
export function readNonceSecret(what: string, secret: unknown): FindNonces {
  if (typeof secret === 'function')
    return askedAgain<Nonces>({
      complaint: `${what} could not be read again within 5 s; the secrets before stay`,
      find: secret as FindKeySet,
      read: (found) => createNonces(what, nonceSecretsIn(found, what)),
    })
  const nonces = createNonces(what, [secret])
  return async () => nonces
}

/** Nonces that follow the present secrets. */
export function presentNonces(find: FindNonces, deps: AskingDeps): Nonces {
  return {
    make: async (now) => (await find(deps)).make(now),
    knows: async (nonce, now) => (await find(deps)).knows(nonce, now),
  }
}
