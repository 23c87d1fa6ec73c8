/** Versions of a platform below which its tokens can be forged. */

import { checkFetchUrl, fitsTemplate } from '../model/issuer.ts'
import type { ProviderTable, MinimumVersion } from './provider-table.ts'
import { readOptions } from '../util/options.ts'
import { formatValue } from '../util/format.ts'

const members = { version: true, reason: true, advisory: true } as const

/**
 * Checks `minimumVersion` of a table.
 *
 * @throws {TypeError} that says what to write.
 */
export function checkMinimumVersion(what: string, given: unknown): void {
  const name = `${what}: minimumVersion`
  const list: readonly unknown[] = Array.isArray(given) ? given : [given]
  if (list.length === 0)
    throw new TypeError(`${name} is empty: leave it out, or write { ${Object.keys(members).join(', ')} }`)
  for (const item of list) {
    const entry = readOptions<MinimumVersion>(name, item, members)
    for (const member of Object.keys(members) as (keyof MinimumVersion)[]) {
      const value = entry[member]
      if (typeof value !== 'string' || value.trim() === '')
        throw new TypeError(`${name} needs ${member} as text, not ${formatValue(value)}`)
    }
    if (!/^[A-Z].*\.$/s.test(entry.reason as string))
      throw new TypeError(`${name}: the reason is a sentence with a full stop, not ${formatValue(entry.reason)}`)
    checkFetchUrl(`${name}: advisory`, entry.advisory, false)
  }
}

/** The versions that an issuer needs: none for the table's own issuer, which its vendor runs. */
export function versionsNeeded(
  { issuer, minimumVersion = [] }: Pick<ProviderTable, 'issuer' | 'minimumVersion'>,
  at: string,
): readonly MinimumVersion[] {
  const ofVendor = issuer?.includes('{') === true ? fitsTemplate(issuer, at) : issuer === at
  return ofVendor ? [] : [minimumVersion].flat()
}

/** The text for operators about a minimum version. */
export function describeVersion({ version, reason, advisory }: MinimumVersion): string {
  return `Needs ${version}. Below that, a token proves less than it says: ${reason} See ${advisory}`
}
