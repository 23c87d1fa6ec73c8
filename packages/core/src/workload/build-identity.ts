/** From verified claims to the workload identity, frozen, and known to be ours. */

import type { CompiledTable } from '../table/compile-table.ts'
import { fitsTemplate, issuerOf } from '../model/issuer.ts'
import type { Token, UnverifiedClaims } from '../model/token.ts'
import { Refusal, refuse } from '../model/refusal.ts'
import { readRows, withoutEmpty } from '../table/claim-rows.ts'
import { audiencesOf, chosenAudiences } from '../token/claims.ts'
import { checkTable } from '../table/check-claims.ts'
import { Given } from '../util/registry.ts'
import type { AnyWorkload } from '../model/workload.ts'
import { hintOnOtherToken } from '../table/other-tokens.ts'
import { recognize } from '../util/copies.ts'

/** Who made an identity, and how time passes there. */
export interface Provenance {
  readonly maker: object
  readonly table: CompiledTable
  /** Seconds since 1970. */
  now(): number
  /** Seconds by which clocks may differ. */
  readonly tolerance: number
  /** Where the issuer's tokens stand for jobs of others: what is known of those whose issuer is this one. */
  readonly originOf?: (issuer: string) => Provenance | undefined
}

/** What only the verifier that made an identity can say of it. */
interface Origin {
  readonly provenance: Provenance
  /** The token, as it came. */
  readonly text: string
}

/** What was said of an identity, and by whom; then what was said before. */
interface Remark {
  readonly by: object
  readonly what: unknown
  before: Remark | undefined
}

/** So many are kept: a verifier says one thing of a caller, and each route another. */
const maxRemarks = 8

/** The mark of an identity that a verifier made. */
class Made extends Given {
  readonly #origin: Origin
  #last: Remark | undefined

  constructor(identity: object, origin: Origin) {
    super(identity)
    this.#origin = origin
  }

  static of(identity: object): Origin | undefined {
    return #origin in identity ? identity.#origin : undefined
  }

  static recall(identity: object, by: object): unknown {
    if (!(#last in identity)) return undefined
    let remark = identity.#last
    while (remark !== undefined && remark.by !== by) remark = remark.before
    return remark?.what
  }

  static remember(identity: object, by: object, what: unknown): void {
    if (!(#last in identity)) return
    identity.#last = { by, what, before: identity.#last }
    let oldest: Remark | undefined = identity.#last
    for (let kept = 1; kept < maxRemarks; kept++) oldest = oldest?.before
    if (oldest !== undefined) oldest.before = undefined
  }
}

/** What one speaker said of an identity before; `undefined` for nothing. */
export function recall(identity: object, by: object): unknown {
  return Made.recall(identity, by)
}

/** Keeps what one speaker says of an identity, for as long as the identity lives; the oldest goes first. */
export function remember(identity: object, by: object, what: unknown): void {
  Made.remember(identity, by, what)
}

/**
 * Makes an identity from the claims of a token whose signature is right, or refuses claims that do not fit the table or contradict each other. The functions of a
 * table run here: one that throws has met claims that it was not made for.
 */
export function buildIdentity(
  { text, claims }: Pick<Token, 'text' | 'claims'>,
  audience: string,
  provenance: Provenance,
  fault: (message: string) => void,
): AnyWorkload | Refusal {
  const { rows, table } = provenance.table
  const { validate, title } = table
  const values = readRows(rows, claims)
  const wrong = checkTable(rows, claims, values)
  const invalid = (claim?: string): Refusal =>
    refuse('claims_invalid', { ...(claim !== undefined && { claim }), hint: () => hintOnOtherToken(table, claims) })
  if (wrong !== undefined) return invalid(wrong.context.claim)
  try {
    const told = withoutEmpty(rows, claims, values)
    const claim = (validate as ((claims: unknown) => string | undefined) | undefined)?.(told)
    if (claim !== undefined) return invalid(claim)
    const origin = provenance.originOf && identifyOrigin(claims['origin'], provenance.originOf, fault)
    if (origin instanceof Refusal) return invalid('origin')
    const identity = makeIdentity({ text, claims, told, values, audience, origin }, provenance)
    return tenantMismatch(identity, provenance.table) === undefined ? identity : invalid('iss')
  } catch {
    fault(`A function in the table of ${title} threw on the claims of a verified token`)
    return invalid()
  }
}

/** The identity that a token stands for, by the claims of the token that it was exchanged for: whoever signed the one has verified the other. */
function identifyOrigin(
  given: unknown,
  originOf: (issuer: string) => Provenance | undefined,
  fault: (message: string) => void,
): AnyWorkload | Refusal {
  const claims = given as UnverifiedClaims
  const provenance = originOf(claims.iss)
  const appended = provenance?.table.table.appendedAudience
  const [audience] = [...chosenAudiences(claims, appended), ...audiencesOf(claims)]
  if (
    provenance === undefined ||
    audience === undefined ||
    !Number.isFinite(claims.iat) ||
    !Number.isFinite(claims.exp)
  )
    return refuse('claims_invalid')
  return buildIdentity({ text: '', claims }, audience, provenance, fault)
}

/** What an identity is made of. */
interface Makings extends Pick<Token, 'text' | 'claims'> {
  /** The claims as the table's functions read them. */
  readonly told: UnverifiedClaims
  /** Those of the table's rows. */
  readonly values: readonly unknown[]
  readonly audience: string
  readonly origin: AnyWorkload | undefined
}

function makeIdentity({ text, claims, told, values, audience, origin }: Makings, provenance: Provenance): AnyWorkload {
  const { table } = provenance
  const identity = table.template()
  identity['provider'] = table.table.id
  identity['issuer'] = claims.iss
  identity['audience'] = audience
  identity['issuedAt'] = claims.iat
  identity['expiresAt'] = claims.exp
  for (const field of table.fieldList) identity[field.name] = field.read(told, values)
  if ('ownerKey' in identity) identity['ownerKey'] = keyOf(claims.iss, identity['ownerId'])
  if ('repositoryKey' in identity) identity['repositoryKey'] = keyOf(claims.iss, identity['repositoryId'])
  if (origin !== undefined) identity['origin'] = origin
  identity['claims'] = claims
  // Marked before it is frozen: what is frozen takes no mark. The mark makes nothing, it is the identity.
  return Object.freeze(new Made(identity, { provenance, text })) as unknown as AnyWorkload
}

recognize((value) => provenanceOf(value) !== undefined)

/** Ids are unique per issuer only; an issuer never contains '#', so the two parts cannot run into each other. */
function keyOf(issuer: string, id: unknown): string | undefined {
  return typeof id === 'string' ? `${issuer}#${id}` : undefined
}

/**
 * The field in which an identity names another tenant than the one its issuer belongs to, or `undefined`: a tenant's issuer speaks for that tenant alone, though
 * a rule lists several.
 */
function tenantMismatch(identity: AnyWorkload, { table, tenant }: CompiledTable): string | undefined {
  const template = table.issuer
  if (template === undefined || tenant.length === 0 || !fitsTemplate(template, identity.issuer)) return undefined
  const named = identity as unknown as Readonly<Record<string, unknown>>
  return tenant.find((field) => issuerOf(template, field, String(named[field])) !== identity.issuer)
}

/** Who made an identity; `undefined` for every object that no verifier made. */
export function provenanceOf(identity: unknown): Provenance | undefined {
  return typeof identity === 'object' && identity !== null ? Made.of(identity)?.provenance : undefined
}

/** The identity that a caller stands for, where its token was issued in exchange for another; `undefined` for all others. */
export function originOf(identity: AnyWorkload): AnyWorkload | undefined {
  return provenanceOf(identity)?.originOf && (identity as { readonly origin?: AnyWorkload }).origin
}

/** What was signed of the token that an identity was made from. */
export function signedTextOf(identity: AnyWorkload): string {
  const text = Made.of(identity)?.text ?? ''
  return text.slice(0, text.lastIndexOf('.'))
}
