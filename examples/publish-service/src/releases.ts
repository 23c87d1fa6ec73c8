/**
 * Uploads and releases. Only the run that makes an upload can see it until it is published; after
 * that it is immutable.
 */

import { createHash, randomUUID } from 'node:crypto'
import type { SqlDatabase, SqlSession } from '@jobpass/publishers'
import { Problem } from './problem.ts'

/** An upload, and the run that refers to it. */
interface UploadRef {
  readonly project: string
  readonly id: string
  /** The calling CI run. */
  readonly run: string
}

export interface Releases {
  /** Starts an upload. */
  start(project: string, version: unknown, run: string): Promise<string>
  /** Adds a file to an upload. Replaces a file of the same name, so that a job can retry. */
  put(upload: UploadRef, name: string, bytes: Uint8Array): Promise<{ readonly sha256: string }>
  /** Makes all files of an upload visible at once. */
  publish(upload: UploadRef): Promise<{ readonly version: string }>
  /** The releases of a project; `undefined` if there is no such project. */
  list(project: string): Promise<readonly Release[] | undefined>
  read(project: string, version: string, name: string): Promise<Uint8Array | undefined>
}

interface Release {
  readonly version: string
  readonly files: readonly { readonly name: string; readonly sha256: string }[]
}

/** Maximum number of files of a release. */
export const maxFiles = 20

/** Names that are safe to write to any folder. */
const fileName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/
const versionName = /^[0-9A-Za-z][0-9A-Za-z.+-]{0,63}$/
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** SQLSTATE of a unique index violation. */
const uniqueViolation = '23505'

const released = () => new Problem(409, 'version_exists', 'This version is published, and does not change any more.')

export function releasesIn(db: SqlDatabase, clock: { now(): number }): Releases {
  return {
    start: async (project, version, run) => {
      if (typeof version !== 'string' || !versionName.test(version))
        throw new Problem(400, 'version_malformed', 'The version must be like 1.2.3.')
      const { rows } = await db.query(
        'select from uploads where project = $1 and version = $2 and published_at is not null',
        [project, version],
      )
      if (rows.length > 0) throw released()
      const id = randomUUID()
      await db.query('insert into uploads values ($1, $2, $3, $4)', [id, project, version, run])
      return id
    },
    put: (upload, name, bytes) =>
      db.transaction(async (tx) => {
        if (!fileName.test(name))
          throw new Problem(
            400,
            'file_name_malformed',
            'A file name has letters, digits, dots, dashes and underscores.',
          )
        const { id } = await open(tx, upload)
        const sha256 = createHash('sha256').update(bytes).digest('hex')
        await tx.query(
          `insert into files values ($1, $2, $3, $4)
           on conflict (upload, name) do update set sha256 = excluded.sha256, bytes = excluded.bytes`,
          [id, name, sha256, bytes],
        )
        if ((await filesOf(tx, id)) > maxFiles)
          throw new Problem(409, 'too_many_files', `A release has at most ${maxFiles} files.`)
        return { sha256 }
      }),
    publish: (upload) =>
      db
        .transaction(async (tx) => {
          const { id, version } = await open(tx, upload)
          if ((await filesOf(tx, id)) === 0) throw new Problem(409, 'release_empty', 'A release has at least one file.')
          await tx.query('update uploads set published_at = $2 where id = $1', [id, new Date(clock.now())])
          return { version }
        })
        .catch((failure: unknown) => {
          // Two uploads of one version may be open: the unique index admits one, at every isolation
          // level.
          throw (failure as { readonly code?: unknown }).code === uniqueViolation ? released() : failure
        }),
    list: async (project) => {
      const { rows } = await db.query<{ version: string | null; name: string; sha256: string }>(
        `select version, files.name, sha256 from projects
         left join uploads on uploads.project = projects.name and published_at is not null
         left join files on files.upload = uploads.id
         where projects.name = $1 order by published_at desc, files.name`,
        [project],
      )
      if (rows.length === 0) return undefined
      const releases = new Map<string, { name: string; sha256: string }[]>()
      for (const { version, name, sha256 } of rows) {
        if (version === null) continue
        releases.set(version, [...(releases.get(version) ?? []), { name, sha256 }])
      }
      return Array.from(releases, ([version, files]) => ({ version, files }))
    },
    read: async (project, version, name) => {
      if (!versionName.test(version) || !fileName.test(name)) return undefined
      const { rows } = await db.query<{ bytes: Uint8Array }>(
        `select bytes from files join uploads on uploads.id = files.upload
         where project = $1 and version = $2 and published_at is not null and name = $3`,
        [project, version, name],
      )
      return rows[0]?.bytes
    },
  }
}

/**
 * Locks an upload for one transaction, so that nothing is added to it while it is published. It is
 * updated, not only locked: at REPEATABLE READ and above, a transaction that waited for a lock
 * continues with its old snapshot, and one that waited for an update is run again. Uploads of other
 * runs and projects do not exist for the caller.
 */
async function open(
  tx: SqlSession,
  { project, id, run }: UploadRef,
): Promise<{ readonly id: string; readonly version: string }> {
  const { rows } = await tx.query<{ version: string; published: boolean }>(
    `update uploads set revision = revision + 1
     where id = $1 and project = $2 and run = $3 returning version, published_at is not null as published`,
    [uuid.test(id) ? id : null, project, run],
  )
  const [upload] = rows
  if (upload === undefined) throw new Problem(404, 'upload_unknown', 'This run has no such upload.')
  if (upload.published) throw released()
  return { id, version: upload.version }
}

async function filesOf(tx: SqlSession, id: string): Promise<number> {
  const { rows } = await tx.query<{ count: number }>('select count(*)::int as count from files where upload = $1', [id])
  return rows[0]?.count ?? 0
}
