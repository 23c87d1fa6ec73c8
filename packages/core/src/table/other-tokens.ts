/**
 * Other tokens that an issuer signs with the same keys: how to recognise them, and what they are.
 */

import type { OtherToken, ProviderTable } from './provider-table.ts'
import type { ClaimTable } from './claim-rows.ts'
import { followPath } from './claim-rows.ts'
import { own } from '../util/objects.ts'
import { readOptions } from '../util/options.ts'
import { formatValue } from '../util/format.ts'

/**
 * Checks `otherTokens` of a table.
 *
 * @throws {TypeError} that says what to write.
 */
export function checkOtherTokens(what: string, given: unknown, rows: ClaimTable): void {
  const name = `${what}: otherTokens`
  if (!Array.isArray(given)) throw new TypeError(`${name} must be a list, not ${formatValue(given)}`)
  for (const item of given as readonly unknown[]) {
    const { claim, like, hint } = readOptions<OtherToken>(name, item, { claim: true, like: true, hint: true })
    const row = typeof claim === 'string' ? followPath(rows, [claim]) : undefined
    if (row === undefined && claim !== 'sub')
      throw new TypeError(`${name} names ${formatValue(claim)}, which is no claim`)
    if (like === undefined && row?.optional !== false)
      throw new TypeError(
        `${name}: tokens of jobs may lack ${formatValue(claim)} too; require it, or write like: 'prefix*'`,
      )
    if (like !== undefined && (typeof like !== 'string' || like.split('*').length !== 2))
      throw new TypeError(`${name}: like is text with one '*', not ${formatValue(like)}`)
    if (typeof hint !== 'string' || !hint.endsWith('.'))
      throw new TypeError(`${name}: the hint is a sentence with a full stop, not ${formatValue(hint)}`)
  }
}

/** The hint on a verified token that names no job; `undefined` where its kind is not known. */
export function hintOnOtherToken({ otherTokens = [] }: ProviderTable, claims: object): string | undefined {
  return otherTokens.find(({ claim, like }) => isLike(own(claims, claim), like))?.hint
}

function isLike(value: unknown, like: string | undefined): boolean {
  if (like === undefined) return value === undefined || value === null || value === ''
  const [before = '', after = ''] = like.split('*')
  return (
    typeof value === 'string' &&
    value.length > before.length + after.length &&
    value.startsWith(before) &&
    value.endsWith(after)
  )
}
