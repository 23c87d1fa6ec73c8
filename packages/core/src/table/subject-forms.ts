/** What a subject says, by the forms of its provider's table. */

import type { ProviderTable } from './provider-table.ts'

/** A condition for each field that a subject names; `undefined` for one that fits no form. */
export function conditionsOf(
  subject: unknown,
  { subjectForms = [] }: Pick<ProviderTable, 'subjectForms'>,
): Readonly<Record<string, string>> | undefined {
  if (typeof subject !== 'string') return undefined
  for (const form of subjectForms) {
    const groups = form.exec(subject)?.groups
    if (groups !== undefined)
      return Object.fromEntries(
        Object.entries(groups).filter((entry): entry is [string, string] => entry[1] !== undefined),
      )
  }
  return undefined
}
