/**
 * The identity of an admitted caller as headers for the upstream. Every admission has all of them:
 * a proxy that copies them overwrites whatever the client sent.
 */

import type { AnyWorkload } from '@jobpass/core'

/** The fields of an identity that have a header. */
const fields = [
  'provider',
  'issuer',
  'subject',
  'owner',
  'ownerId',
  'repository',
  'repositoryId',
  'project',
  'projectId',
  'ref',
  'branch',
  'tag',
  'refProtected',
  'commit',
  'pullRequest',
  'environment',
  'environmentProtected',
  'event',
  'workflow',
  'jobWorkflow',
  'runId',
  'runUrl',
  'actor',
] as const satisfies readonly (keyof AnyWorkload)[]

/** `repositoryId` is `Jobpass-Repository-Id`. */
const headerOf = (field: string): string =>
  `Jobpass-${field.replace(/^./, (first) => first.toUpperCase()).replaceAll(/(?<=[a-z])[A-Z]/g, '-$&')}`

/** The header with the path of the guard that admitted, and the one with the signed identity. */
const guardHeader = 'Jobpass-Guard'
const tokenHeader = 'Jobpass-Identity'

/** The names of all headers. */
export const identityHeaders: readonly string[] = [guardHeader, tokenHeader, ...fields.map(headerOf)]

/** What the upstream learns. */
export interface Admission {
  /** The name of the guard. */
  readonly guard: string
  /** The caller; `undefined` where a signed identity has it. */
  readonly workload: AnyWorkload | undefined
  /** The signed identity, where there is one. */
  readonly token: string
}

/** The headers of an admission. A fact that the platform does not state is empty. */
export function headersOf({ guard, workload, token }: Admission): Readonly<Record<string, string>> {
  return {
    [guardHeader]: guard,
    [tokenHeader]: token,
    ...Object.fromEntries(fields.map((field) => [headerOf(field), encode(workload?.[field])])),
  }
}

/**
 * A value in printable ASCII. Everything else is percent-encoded as UTF-8, and so are `%` and
 * spaces at the ends, which HTTP drops: a reader decodes each value in the same way.
 */
function encode(value: string | number | boolean | undefined): string {
  return String(value ?? '').replaceAll(/^ | $|[^\x20-\x24\x26-\x7e]+/g, (text) =>
    Array.from(Buffer.from(text, 'utf8'), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  )
}
