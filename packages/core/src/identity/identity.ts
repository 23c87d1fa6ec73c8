/** From verified claims to the workload identity, frozen, and known to be ours. */

import type { CompiledTable } from '../provider/compiled-table.ts'
import { fitsTemplate, issuerOf } from '../provider/issuer.ts'
import type { Token, UnverifiedClaims } from '../token/token.ts'
import type { Refusal } from '../answer/refusal.ts'
import { refuse } from '../answer/refusal.ts'
import { privateName } from '../util/private-name.ts'
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

/** What only the verifier that made an identity can say of it. */
interface Origin {
  readonly provenance: Provenance
  /** The token, as it came. */
  readonly text: string
  readonly said: Remark[]
}

const made = privateName<Origin>()

/** What was said of an identity, and by whom. */
interface Remark {
  readonly by: object
  readonly what: unknown
}

/** So many are kept: a verifier says one thing of a caller, and each route another. */
const maxRemarks = 8

/** What one speaker said of an identity before; `undefined` for nothing. */
export function recall(identity: object, by: object): unknown {
  return made.get(identity)?.said.find((remark) => remark.by === by)?.what
}

/** Keeps what one speaker says of an identity, for as long as the identity lives; the oldest goes first. */
export function remember(identity: object, by: object, what: unknown): void {
  const said = made.get(identity)?.said
  if (said !== undefined && said.length >= maxRemarks) said.shift()
  said?.push({ by, what })
}

/**
 * Makes an identity from the claims of a token that passed every check before, or refuses claims that contradict each other. The functions of a table run here: one
 * that throws has met claims that it was not made for.
 */
export function identify(
  { text, claims }: Token,
  audience: string,
  provenance: Provenance,
  warn: (message: string) => void,
): AnyWorkload | Refusal {
  const { contradiction, title } = provenance.table.table
  try {
    const claim = (contradiction as ((claims: unknown) => string | undefined) | undefined)?.(claims)
    if (claim !== undefined) return refuse('claims_invalid', { claim })
    const identity = makeIdentity(text, claims, audience, provenance)
    return foreignTenant(identity, provenance.table) === undefined
      ? identity
      : refuse('claims_invalid', { claim: 'iss' })
  } catch {
    warn(`A function in the table of ${title} threw on the claims of a verified token`)
    return refuse('claims_invalid')
  }
}

function makeIdentity(text: string, claims: UnverifiedClaims, audience: string, provenance: Provenance): AnyWorkload {
  const { table } = provenance
  const identity = table.blank()
  identity['provider'] = table.table.id
  identity['issuer'] = claims.iss
  identity['audience'] = audience
  identity['issuedAt'] = claims.iat
  identity['expiresAt'] = claims.exp
  for (const field of table.fieldList) identity[field.name] = field.read(claims)
  if ('ownerKey' in identity) identity['ownerKey'] = keyOf(claims.iss, identity['ownerId'])
  if ('repositoryKey' in identity) identity['repositoryKey'] = keyOf(claims.iss, identity['repositoryId'])
  identity['claims'] = claims
  // The mark has to be there before the identity takes nothing more.
  made.set(identity, { provenance, text, said: [] })
  return Object.freeze(identity) as unknown as AnyWorkload
}

/** Ids are unique per issuer only; an issuer never contains '#', so the two parts cannot run into each other. */
function keyOf(issuer: string, id: unknown): string | undefined {
  return typeof id === 'string' ? `${issuer}#${id}` : undefined
}

/**
 * The field in which an identity names another tenant than the one its issuer belongs to, or `undefined`: a tenant's issuer speaks for that tenant alone, though
 * a rule lists several.
 */
function foreignTenant(identity: AnyWorkload, { table, tenant }: CompiledTable): string | undefined {
  const template = table.issuer
  if (template === undefined || tenant.length === 0 || !fitsTemplate(template, identity.issuer)) return undefined
  const named = identity as unknown as Readonly<Record<string, unknown>>
  return tenant.find((field) => issuerOf(template, field, String(named[field])) !== identity.issuer)
}

/** Who made an identity; `undefined` for every object that no verifier made. */
export function provenanceOf(identity: unknown): Provenance | undefined {
  return typeof identity === 'object' && identity !== null ? made.get(identity)?.provenance : undefined
}

/** What was signed of the token that an identity was made from. */
export function signedTextOf(identity: AnyWorkload): string {
  const text = made.get(identity)?.text ?? ''
  return text.slice(0, text.lastIndexOf('.'))
}
