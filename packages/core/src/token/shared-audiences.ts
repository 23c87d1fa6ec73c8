/** Audiences that many services share: a token for one of them can be replayed to all. */

import { foldAscii } from '../util/format.ts'

const sharedAudiences: ReadonlySet<string> = new Set(['sts.amazonaws.com', 'api://azureadtokenexchange', 'sigstore'])

/** Whether services share an audience; letter case is ignored. */
export function isSharedAudience(audience: string): boolean {
  return sharedAudiences.has(foldAscii(audience))
}
