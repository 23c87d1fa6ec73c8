/** Builds the frozen workload identity from verified claims. */

import { freezeClaims } from '../token/jws.ts'
import type { VerifyingIssuer } from './verified-token.ts'
import { VerifiedToken } from './verified-token.ts'
import type { CompiledTable } from '../table/compile-table.ts'
import { fitsTemplate, issuerOf } from '../model/issuer.ts'
import type { Token, UnverifiedClaims } from '../model/token.ts'
import { Refusal, refuse } from '../model/refusal.ts'
import { readRows, withoutEmpty } from '../table/claim-rows.ts'
import { audiencesOf, chosenAudiences } from '../token/claims.ts'
import { checkTable } from '../table/check-claims.ts'
import type { AnyWorkload } from '../model/workload.ts'
import { hintOnOtherToken } from '../table/other-tokens.ts'

/**
 * Builds the identity of a token whose signature verifies. Refuses claims that do not fit the table
 * or contradict each other. Runs the functions of the table; `fault` reports one that throws.
 */
export function buildIdentity<I extends VerifyingIssuer>(
  { text, claims }: Pick<Token, 'text' | 'claims'>,
  audience: string,
  issuer: I,
  fault: (message: string) => void,
): VerifiedToken<I> | Refusal {
  const { rows, table } = issuer.table
  const { validate, title } = table
  const values = readRows(rows, claims)
  const wrong = checkTable(rows, claims, values)
  const invalid = (claim?: string): Refusal =>
    refuse('claims_invalid', { ...(claim !== undefined && { claim }), hint: () => hintOnOtherToken(table, claims) })
  if (wrong !== undefined) return invalid(wrong.context.claim)
  try {
    // Copied before it is frozen: V8 copies a frozen object several times slower.
    const present = withoutEmpty(rows, claims, values)
    freezeClaims(claims)
    const claim = (validate as ((claims: unknown) => string | undefined) | undefined)?.(present)
    if (claim !== undefined) return invalid(claim)
    const job = issuer.issuerOfJob && identifyJob(claims['job'], issuer.issuerOfJob, fault)
    if (job instanceof Refusal) return invalid('job')
    const identity = fillTemplate({ claims, present, values, audience, job: job?.identity }, issuer.table)
    return tenantMismatch(identity, issuer.table) === undefined
      ? new VerifiedToken({ text, claims, issuer, identity })
      : invalid('iss')
  } catch {
    fault(`A function in the table of ${title} threw on the claims of a verified token`)
    return invalid()
  }
}

/**
 * The job behind a service token, from the claims of the CI token that the service verified and
 * exchanged.
 */
function identifyJob(
  given: unknown,
  issuerOfJob: (issuer: string) => VerifyingIssuer | undefined,
  fault: (message: string) => void,
): VerifiedToken | Refusal {
  const claims = given as UnverifiedClaims
  const issuer = issuerOfJob(claims.iss)
  const appended = issuer?.table.table.appendedAudience
  const [audience] = [...chosenAudiences(claims, appended), ...audiencesOf(claims)]
  if (issuer === undefined || audience === undefined || !Number.isFinite(claims.iat) || !Number.isFinite(claims.exp))
    return refuse('claims_invalid')
  return buildIdentity({ text: '', claims }, audience, issuer, fault)
}

/** The parts that an identity is made from. */
interface Parts extends Pick<Token, 'claims'> {
  /** The claims without the empty ones, as the table's functions read them. */
  readonly present: UnverifiedClaims
  /** The values of the table's rows. */
  readonly values: readonly unknown[]
  readonly audience: string
  readonly job: AnyWorkload | undefined
}

function fillTemplate({ claims, present, values, audience, job }: Parts, table: CompiledTable): AnyWorkload {
  const identity = table.template()
  identity['provider'] = table.table.id
  identity['issuer'] = claims.iss
  identity['audience'] = audience
  identity['issuedAt'] = claims.iat
  identity['expiresAt'] = claims.exp
  for (const field of table.fieldList) identity[field.name] = field.read(present, values)
  if ('ownerKey' in identity) identity['ownerKey'] = keyOf(claims.iss, identity['ownerId'])
  if ('repositoryKey' in identity) identity['repositoryKey'] = keyOf(claims.iss, identity['repositoryId'])
  if (job !== undefined) identity['job'] = job
  identity['claims'] = claims
  return identity as unknown as AnyWorkload
}

/** Ids are unique per issuer. No issuer contains '#', so keys are equal only if both parts are. */
function keyOf(issuer: string, id: unknown): string | undefined {
  return typeof id === 'string' ? `${issuer}#${id}` : undefined
}

/**
 * The field that names a tenant other than the issuer's. The issuer of a tenant vouches for that
 * tenant only, even where a rule lists several.
 */
function tenantMismatch(identity: AnyWorkload, { table, tenant }: CompiledTable): string | undefined {
  const template = table.issuer
  if (template === undefined || tenant.length === 0 || !fitsTemplate(template, identity.issuer)) return undefined
  const named = identity as unknown as Readonly<Record<string, unknown>>
  return tenant.find((field) => issuerOf(template, field, String(named[field])) !== identity.issuer)
}
