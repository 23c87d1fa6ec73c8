/** The systems whose policies can be read, each with its reader. */

import type { ImportSource, Reading } from './model.ts'
import { readAws } from './read/aws.ts'
import { readGcp } from './read/gcp.ts'
import { readOctoSts } from './read/octo-sts.ts'
import { readOidcUi } from './read/oidc-ui.ts'
import { readVault } from './read/vault.ts'

/** Reads the text of a policy. Throws a `TypeError` for a text that is no policy of the system. */
export type Reader = (text: string) => Reading

/** The readers by source. */
export const readers: Readonly<Partial<Record<ImportSource, Reader>>> = {
  aws: readAws,
  gcp: readGcp,
  'octo-sts': readOctoSts,
  'oidc-ui': readOidcUi,
  vault: readVault,
}
