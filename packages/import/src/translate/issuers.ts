/** The provider whose tokens an issuer signs. */

import type { ProviderTable } from '@jobpass/core'
import { checkIssuer, compileTable, fitsTemplate } from '@jobpass/core/internal'
import type { CompiledTable } from '@jobpass/core/internal'
import { providers } from '@jobpass/policy/built-in'

/** The issuer of a grant, and what is known of its tokens. */
export interface KnownIssuer {
  /** The issuer, as in `iss`. */
  readonly issuer: string
  /** The table of its provider. */
  readonly table: CompiledTable
  /** What each rule has to name the issuer: its provider, and the issuer or the tenant. */
  readonly head: Readonly<Record<string, string>>
}

/** Finds the provider of an issuer, or returns a text that says why there is no provider. */
export function issuerOf(issuer: string, provider: string | undefined): KnownIssuer | string {
  try {
    checkIssuer(issuer, false)
  } catch (error) {
    return (error as TypeError).message
  }
  const named = providers.find(({ id }) => id === provider)
  if (provider !== undefined && named === undefined)
    return `the option provider names no platform: ${providers.map(({ id }) => id).join(', ')}`
  const found =
    providers.find(({ table }) => isOwn(table, issuer)) ??
    named ??
    providers.find(({ table }) => isServer(table, issuer))
  if (found === undefined)
    return 'no platform has this issuer; for a server of your own, name its platform by the option provider'
  const table = compileTable(found.table)
  return { issuer, table, head: headOf(table, issuer) }
}

function isOwn({ issuer: own }: ProviderTable, issuer: string): boolean {
  return own !== undefined && (own === issuer || (own.includes('{') && fitsTemplate(own, issuer)))
}

function isServer({ id, serverIssuer }: ProviderTable, issuer: string): boolean {
  return (serverIssuer?.pattern ?? clusters[id])?.test(issuer) === true
}

/** Issuers of clusters that a cloud provider runs. */
const clusters: Readonly<Record<string, RegExp>> = {
  kubernetes: /^https:\/\/oidc\.eks\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?\/id\/[^/]+$/,
}

function headOf({ table, tenant: [field] }: CompiledTable, issuer: string): Readonly<Record<string, string>> {
  const { id, issuer: own } = table
  if (own === issuer) return { provider: id }
  if (own === undefined || field === undefined || !fitsTemplate(own, issuer)) return { provider: id, issuer }
  const [before = '', after = ''] = own.split(`{${field}}`)
  return { provider: id, [field]: issuer.slice(before.length, issuer.length - after.length) }
}
