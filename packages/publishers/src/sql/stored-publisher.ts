/** A row of the table of publishers, and the publisher that it is. */

import type { Publisher } from '../model/publisher.ts'

/** A row, as it is selected: what is missing is null. */
export type StoredPublisher = {
  readonly [K in Exclude<keyof Publisher, 'transfer'>]-?: undefined extends Publisher[K]
    ? NonNullable<Publisher[K]> | null
    : Publisher[K]
} & { readonly transferOwnerId: string | null; readonly transferOwner: string | null }

/** The columns of a row. Texts that are missing are stored empty, so that indexes compare them. */
export const columns = `id, project, account, provider, issuer, owner_id as "ownerId",
  repository_id as "repositoryId", nullif(repository, '') as repository,
  nullif(workflow_file, '') as "workflowFile", nullif(environment, '') as environment,
  created_at as "createdAt", expires_at as "expiresAt", last_used_at as "lastUsedAt",
  transfer_owner_id as "transferOwnerId", transfer_owner as "transferOwner"`

/** A name in lower case, as it is looked up. Of ASCII letters only, as rules compare names. */
export const keyOf = (repository: string): string => repository.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())

/** The publisher of a row. */
export function publisherOf({
  workflowFile,
  environment,
  transferOwnerId,
  transferOwner,
  ...row
}: StoredPublisher): Publisher {
  return {
    ...row,
    repositoryId: row.repositoryId ?? undefined,
    repository: row.repository ?? undefined,
    ...(workflowFile !== null && { workflowFile }),
    ...(environment !== null && { environment }),
    expiresAt: row.expiresAt ?? undefined,
    lastUsedAt: row.lastUsedAt ?? undefined,
    transfer: transferOwnerId === null ? undefined : { ownerId: transferOwnerId, owner: transferOwner ?? undefined },
  }
}
