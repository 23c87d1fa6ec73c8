/**
 * The document that the registry gets for a publication. The gateway writes it: the document of
 * `npm publish` has the form of those that unpublish, deprecate and move tags.
 */

import { createHash } from 'node:crypto'

/** A document that is no publication of the package. Its message is for the log of the job. */
export class Refusal extends Error {
  readonly status = 403
}

type Members = Readonly<Record<string, unknown>>

const versionForm = /^\d+\.\d+\.\d+(?:[-+][\w.+-]+)?$/
const tagForm = /^[a-z][\w.-]*$/i

/**
 * Reads a document of `npm publish`, and writes one with its version, its tarball and its tag, and
 * nothing else. Throws a `Refusal` if it is not one new version of the package.
 */
export function publicationOf(name: string, document: unknown, registry: string): object {
  const { name: named, versions, 'dist-tags': tags, _attachments: attachments } = membersOf(document)
  const [[version, manifest], [tag, tagged], [file, attachment]] = [only(versions), only(tags), only(attachments)]
  if (version === undefined || tag === undefined || file === undefined)
    throw new Refusal('A job publishes one version, with its tarball and a tag. It changes and removes nothing.')
  const { data } = membersOf(attachment)
  const members = membersOf(manifest)
  if (named !== name || members['name'] !== name) throw new Refusal(`The document is not for ${name}.`)
  if (members['version'] !== version || tagged !== version || file !== `${name}-${version}.tgz`)
    throw new Refusal('The version, the tag and the tarball do not belong together.')
  if (!versionForm.test(version) || !tagForm.test(tag) || typeof data !== 'string' || data === '')
    throw new Refusal('The version, the tag or the tarball is malformed.')
  const tarball = Buffer.from(data, 'base64')
  const hash = (algorithm: string) => createHash(algorithm).update(tarball)
  const dist = {
    integrity: `sha512-${hash('sha512').digest('base64')}`,
    shasum: hash('sha1').digest('hex'),
    tarball: `${registry}/${name}/-/${name.slice(name.indexOf('/') + 1)}-${version}.tgz`,
  }
  return {
    _id: name,
    name,
    'dist-tags': { [tag]: version },
    versions: { [version]: { ...members, _id: `${name}@${version}`, dist } },
    _attachments: {
      [file]: {
        content_type: 'application/octet-stream',
        data: tarball.toString('base64'),
        length: tarball.length,
      },
    },
  }
}

/** The members of an object; of anything else, no members. */
function membersOf(value: unknown): Members {
  return typeof value === 'object' && value !== null ? (value as Members) : {}
}

/** The only member of an object, if it has exactly one. */
function only(value: unknown): readonly [name?: string, value?: unknown] {
  const [first = [], ...others] = Object.entries(membersOf(value))
  return others.length === 0 ? first : []
}
