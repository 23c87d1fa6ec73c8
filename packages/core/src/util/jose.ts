/** jose, loaded when it is first needed: on Node that is for proofs of possession alone, and loading it takes longer than all the rest. */

import type * as jose from 'jose'

/** The library; the same at each call. */
export function loadJose(): Promise<typeof jose> {
  return import('jose')
}
