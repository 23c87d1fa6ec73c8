/** The systems whose policies can be read, each with its reader. */

import type { ImportSource, Reading } from './model.ts'
import { readAws } from './read/aws.ts'
import { readAzure } from './read/azure.ts'
import { readCratesIo } from './read/crates-io.ts'
import { readGcp } from './read/gcp.ts'
import { readNpm } from './read/npm.ts'
import { readOctoSts } from './read/octo-sts.ts'
import { readOidcUi } from './read/oidc-ui.ts'
import { readPypi } from './read/pypi.ts'
import { readVault } from './read/vault.ts'

/** Reads a policy. Throws a `TypeError` for a text that is not a policy of the system. */
export type Reader = (text: string) => Reading

/** The readers by source. */
export const readers: Readonly<Record<ImportSource, Reader>> = {
  aws: readAws,
  gcp: readGcp,
  vault: readVault,
  azure: readAzure,
  'octo-sts': readOctoSts,
  'oidc-ui': readOidcUi,
  pypi: readPypi,
  npm: readNpm,
  'crates-io': readCratesIo,
}
