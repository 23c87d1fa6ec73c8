/** Checks all keys of a rule in a document, so that one reading reports all faults. */

import type { Checking } from './check-condition.ts'
import { checkCondition, checkUnlisted, reportBare } from './check-condition.ts'
import { checkSettings } from './check-settings.ts'
import { broken } from './document.ts'
import type { Path } from './fault.ts'
import type { ClaimsShape, Shape } from './shape.ts'
import { findClaim, isClaimName, registered, ruleKeys } from './shape.ts'
import { fieldMeant, isPlainObject, plainName } from '@jobpass/core/internal'
import { didYouMean, quote, show } from './text.ts'

/**
 * Checks a rule, and returns the shape it was checked by, or `undefined` for an unknown provider.
 */
export function checkRule(
  rule: Readonly<Record<string, unknown>>,
  shapes: ReadonlyMap<string, Shape>,
  path: Path,
  checking: Checking,
): Shape | undefined {
  const shape = findShape(rule, shapes, path, checking)
  if (shape === undefined) return undefined
  for (const key of Object.keys(rule)) checkKey(key, rule[key], shape, [...path, key], checking)
  const { tenant, title } = shape
  if (tenant !== undefined && !Object.hasOwn(rule, tenant))
    checking.report(path, `needs "${tenant}", which chooses the issuer of ${title}: the exact id, or a list of them`)
  if (shape.issuer === undefined && !Object.hasOwn(rule, 'issuer')) {
    const known = shape.issuers === undefined ? 'spelled as in iss' : shape.issuers.map(quote).join(' or ')
    checking.report(path, `needs "issuer", since ${title} has none of its own: ${known}`)
  }
  return shape
}

function findShape(
  rule: Readonly<Record<string, unknown>>,
  shapes: ReadonlyMap<string, Shape>,
  path: Path,
  checking: Checking,
): Shape | undefined {
  const { report } = checking
  const known = [...shapes.keys()]
  const { provider } = rule
  if (provider === broken) return undefined
  if (provider === undefined) {
    report(path, `names no provider: add "provider": ${known.map(quote).join(' or ')}`)
    return undefined
  }
  const place = [...path, 'provider']
  if (reportBare(provider, place, checking)) return undefined
  const shape = typeof provider === 'string' ? shapes.get(provider) : undefined
  if (shape === undefined) {
    const near = (typeof provider === 'string' && didYouMean(provider, known)) || '.'
    report(place, `${show(provider)} is not a provider here${near} Known: ${known.join(', ')}`)
  }
  return shape
}

function checkKey(key: string, value: unknown, shape: Shape, path: Path, checking: Checking): void {
  if (value === broken) return
  const { report } = checking
  const slot = shape.fields.get(key)
  if (slot !== undefined) return checkCondition(value, slot, path, checking)
  if (key === 'claims') return checkClaims(value, shape.claims, path, checking, registered)
  if (key === 'issuer') return checkIssuer(value, shape, path, checking)
  if (key === 'settings') return checkSettings(value, path, checking)
  if (key === 'reportOnly' && value !== true) return report(path, 'is true, or left out')
  if (!ruleKeys.includes(key)) report(path, unknownKey(key, shape), 'key')
}

function unknownKey(key: string, { title, fields, readOnly, claims }: Shape): string {
  if (key === 'where') return '"where" is code, which a document cannot contain: leave it out'
  if (key === 'deny') return '"deny" is not for documents: deny rules belong in the options of the verifier'
  if (readOnly.has(key)) {
    const claim = readOnly.get(key)
    const insist =
      claim === undefined || !claims.rows.has(claim) ? '' : `; if you must, write "claims": { ${quote(claim)}: … }`
    return `${quote(key)} can be read, but is not a condition${insist}`
  }
  const mirror = [...fields].find(([, { claim }]) => claim !== undefined && plainName(claim) === plainName(key))?.[0]
  const known = [...fields.keys(), 'claims', 'issuer', 'settings', 'reportOnly']
  const meant = mirror ?? fieldMeant(key, fields)
  const near = (meant === undefined ? didYouMean(key, known) : `; did you mean ${quote(meant)}?`) || '.'
  return `${quote(key)} is not a key of a rule for ${title}${near} Known: ${known.join(', ')}`
}

function checkIssuer(value: unknown, { tenant, issuers, title }: Shape, path: Path, checking: Checking): void {
  if (reportBare(value, path, checking)) return
  const { report } = checking
  const list: readonly unknown[] = Array.isArray(value) && tenant !== undefined ? value : [value]
  if (list.includes(broken)) return
  if (list.length === 0 || !list.every((item) => typeof item === 'string' && item !== ''))
    report(path, `must be the issuer as text, spelled as in iss, or be left out; not ${show(value)}`)
  else if (issuers !== undefined && !list.every((item) => issuers.includes(item as string)))
    report(path, `is not one of the issuers of ${title} here: ${issuers.map(quote).join(' or ')}`)
}

function checkClaims(
  value: unknown,
  claims: ClaimsShape,
  path: Path,
  checking: Checking,
  taken: ReadonlyMap<string, string> = new Map(),
): void {
  const { report } = checking
  if (value === broken) return
  if (!isPlainObject(value)) return report(path, `must be an object of claims, not ${show(value)}`)
  const keys = Object.keys(value)
  if (keys.length === 0) report(path, 'is empty: leave it out, or name a claim')
  for (const key of keys) {
    const row = findClaim(claims, key)
    const keyPath = [...path, key]
    if (row === undefined) {
      const known = [...claims.rows.keys(), ...[...claims.families.keys()].map((prefix) => `${prefix}*`)]
      const list = `${didYouMean(key, known) || '.'} Known: ${known.join(', ')}`
      if (taken.has(key)) report(keyPath, `${quote(key)} is not a claim here: ${taken.get(key)}`, 'key')
      else if (!isClaimName(key, claims, taken.size === 0))
        report(keyPath, `${quote(key)} is not a claim here${list}`, 'key')
      else checkUnlisted(value[key], list, keyPath, checking)
    } else if ('rows' in row) checkClaims(value[key], row, keyPath, checking)
    else checkCondition(value[key], row, keyPath, checking)
  }
}
