/** What people write for a field whose name they do not know yet, for messages. */

import type { CommonFields } from './workload.ts'

/** By other names, in lower case without separators. */
const synonyms: Readonly<Record<string, keyof CommonFields>> = {
  org: 'owner',
  organization: 'owner',
  group: 'owner',
  namespace: 'owner',
  repo: 'repository',
  project: 'repository',
  env: 'environment',
  sha: 'commit',
  trigger: 'event',
  pr: 'pullRequest',
  file: 'workflowFile',
}

/** A name without case and separators, so that `org_id` and `orgId` are the same. */
export function plainName(name: string): string {
  return name.replaceAll(/[^a-z0-9]/gi, '').toLowerCase()
}

/** The field that a name means, with its `Id`; `undefined` where a table has no such field. */
export function fieldMeant(name: string, fields: { has(name: string): boolean }): string | undefined {
  const [, plain = '', id] = /^(.*?)(id)?$/.exec(plainName(name)) ?? []
  const field = `${Object.hasOwn(synonyms, plain) ? synonyms[plain] : ''}${id === undefined ? '' : 'Id'}`
  return fields.has(field) ? field : undefined
}
