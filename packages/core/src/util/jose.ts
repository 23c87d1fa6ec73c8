/**
 * Loads jose on first use. On Node only proofs of possession need it, and loading it takes longer
 * than loading everything else.
 */

import type * as jose from 'jose'

/** The library; the same promise for each call. */
export function loadJose(): Promise<typeof jose> {
  return import('jose')
}
