/** A row of the table of publishers, and the publisher that it is. */

import type { Publisher } from '../model/publisher.ts'

/** A row, as it is stored. Texts that are not given are empty. */
export interface StoredPublisher {
  readonly id: string
  readonly project: string
  readonly account: string
  readonly provider: string
  readonly issuer: string
  readonly owner_id: string
  readonly repository_id: string | null
  readonly repository: string
  readonly workflow_file: string
  readonly environment: string
  readonly created_at: Date
  readonly expires_at: Date | null
  readonly last_used_at: Date | null
  readonly transfer_owner_id: string | null
  readonly transfer_owner: string | null
}

/** The columns of a row. */
export const columns = `id, project, account, provider, issuer, owner_id, repository_id, repository, workflow_file,
  environment, created_at, expires_at, last_used_at, transfer_owner_id, transfer_owner`

/** A name in lower case, as it is looked up. Of ASCII letters only, as rules compare names. */
export const keyOf = (repository: string): string => repository.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())

/** The publisher of a row. */
export function publisherOf(row: StoredPublisher): Publisher {
  return {
    id: row.id,
    project: row.project,
    account: row.account,
    provider: row.provider,
    issuer: row.issuer,
    ownerId: row.owner_id,
    repositoryId: row.repository_id ?? undefined,
    repository: row.repository || undefined,
    ...(row.workflow_file !== '' && { workflowFile: row.workflow_file }),
    ...(row.environment !== '' && { environment: row.environment }),
    createdAt: row.created_at,
    expiresAt: row.expires_at ?? undefined,
    lastUsedAt: row.last_used_at ?? undefined,
    transfer:
      row.transfer_owner_id === null
        ? undefined
        : { ownerId: row.transfer_owner_id, owner: row.transfer_owner ?? undefined },
  }
}
