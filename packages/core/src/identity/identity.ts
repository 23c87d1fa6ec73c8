/** From verified claims to the workload identity, frozen, and known to be ours. */

import type { CompiledTable } from '../provider/compiled-table.ts'
import { fitsTemplate, issuerOf } from '../provider/issuer.ts'
import type { UnverifiedClaims } from '../token/token.ts'
import type { Refusal } from '../answer/refusal.ts'
import { refuse } from '../answer/refusal.ts'
import type { AnyWorkload } from './workload.ts'

/** Who made an identity, and how time passes there. */
export interface Provenance {
  readonly maker: object
  readonly table: CompiledTable
  /** Seconds since 1970. */
  now(): number
  /** Seconds by which clocks may differ. */
  readonly tolerance: number
}

const made = new WeakMap<object, Provenance>()

/**
 * Makes an identity from the claims of a token that passed every check before, or refuses claims that contradict each other. The functions of a table run here: one
 * that throws has met claims that it was not made for.
 */
export function identify(
  claims: UnverifiedClaims,
  audience: string,
  provenance: Provenance,
  warn: (message: string) => void,
): AnyWorkload | Refusal {
  const { contradiction, title } = provenance.table.table
  try {
    const claim = (contradiction as ((claims: unknown) => string | undefined) | undefined)?.(claims)
    if (claim !== undefined) return refuse('claims_invalid', { claim })
    const identity = makeIdentity(claims, audience, provenance)
    return foreignTenant(identity, provenance.table) === undefined
      ? identity
      : refuse('claims_invalid', { claim: 'iss' })
  } catch {
    warn(`A function in the table of ${title} threw on the claims of a verified token`)
    return refuse('claims_invalid')
  }
}

function makeIdentity(claims: UnverifiedClaims, audience: string, provenance: Provenance): AnyWorkload {
  const { table } = provenance
  const identity: Record<string, unknown> = {
    provider: table.table.id,
    issuer: claims.iss,
    audience,
    issuedAt: claims.iat,
    expiresAt: claims.exp,
  }
  for (const field of table.fields.values()) identity[field.name] = field.read(claims)
  // Ids are unique per issuer only; an issuer never contains '#', so the two parts cannot run into each other.
  for (const name of ['owner', 'repository'] as const) {
    const id = identity[`${name}Id`]
    if (typeof id === 'string') identity[`${name}Key`] = `${claims.iss}#${id}`
  }
  identity['claims'] = claims
  made.set(identity, provenance)
  return Object.freeze(identity) as unknown as AnyWorkload
}

/**
 * The field in which an identity names another tenant than the one its issuer belongs to, or `undefined`: a tenant's issuer speaks for that tenant alone, though
 * a rule lists several.
 */
function foreignTenant(identity: AnyWorkload, { table, tenant }: CompiledTable): string | undefined {
  const template = table.issuer
  if (template === undefined || !fitsTemplate(template, identity.issuer)) return undefined
  const named = identity as unknown as Readonly<Record<string, unknown>>
  return tenant.find((field) => issuerOf(template, field, String(named[field])) !== identity.issuer)
}

/** Who made an identity; `undefined` for every object that no verifier made. */
export function provenanceOf(identity: unknown): Provenance | undefined {
  return typeof identity === 'object' && identity !== null ? made.get(identity) : undefined
}
