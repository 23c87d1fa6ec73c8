/** The token endpoint: exchanges a CI token for a service token. */

import { WorkloadAuthError } from '@jobpass/core'
import type { AnyWorkload, EndpointAnswer, EndpointRequest, WorkloadIdentity } from '@jobpass/core'
import { Refusal, claimOnce, exchangeUse, refuse, within, refuseUse } from '@jobpass/core/internal'
import type { OneTimeClaim } from '@jobpass/core/internal'
import { writeRecord } from './audit.ts'
import { boundTo, claimBinding } from './binding.ts'
import { readForm } from './form.ts'
import { readGrant } from './grants.ts'
import type { ReadGrant } from './grants.ts'
import { issue } from './issue.ts'
import type { Issued } from './issue.ts'
import type { KeySource } from './key-source.ts'
import { OAuthError, errorAnswer, jsonAnswer, methodAnswer, refusedToken, unavailable } from './oauth-answer.ts'
import type { ReadExchange } from './options.ts'
import { readRepeatable } from './repeat.ts'
import { refuseRevoked } from './revocation.ts'
import { select } from './select-grants.ts'
import { readTokenRequest } from './token-request.ts'
import type { TokenRequest } from './token-request.ts'

/** Dependencies of the endpoints. */
export interface ExchangeDeps extends ReadExchange {
  /** The current key schedule. */
  readonly schedule: KeySource['schedule']
}

/** Facts about a request, collected for the audit record. */
interface Trace {
  workload?: AnyWorkload
  tokenId?: string
  auditDown?: true
}

const findTimeout = 5_000

/** Answers a token request. Rejects only for programming errors. */
export async function answerTokenRequest(request: EndpointRequest, deps: ExchangeDeps): Promise<EndpointAnswer> {
  if (request.method !== 'POST') return methodAnswer('POST')
  const trace: Trace = {}
  const outcome = await exchange(request, deps, trace)
  if (!(outcome instanceof OAuthError)) return jsonAnswer(200, outcome.body)
  await recordRefusal(outcome, deps, trace)
  return errorAnswer(outcome)
}

/** Requests without a verified caller leave no record: otherwise strangers could fill the log. */
async function recordRefusal(
  { error, extra }: OAuthError,
  deps: ExchangeDeps,
  { workload, tokenId, auditDown }: Trace,
): Promise<void> {
  if (workload === undefined) return
  const { code } = extra.members ?? {}
  const known = { ...(typeof code === 'string' && { code }), ...(tokenId !== undefined && { tokenId }) }
  const written = writeRecord({ outcome: 'refused', error, workload, ...known }, deps)
  // The audit has just failed: do not wait for it again.
  if (auditDown === undefined) await written
}

async function exchange(request: EndpointRequest, deps: ExchangeDeps, trace: Trace): Promise<Issued | OAuthError> {
  // RFC 6749 §5.2: clients have no credentials but the CI token, which is in the form.
  if (request.headers('authorization').length > 0)
    return new OAuthError('invalid_client', 'Clients do not authenticate here: leave the Authorization header out.')
  const form = await readForm(request, deps.json)
  if (form instanceof OAuthError) return form
  const asked = readTokenRequest(form)
  if (asked instanceof OAuthError) return asked
  const { invalid } = asked.grantType
  const inOAuth = (refusal: Refusal): OAuthError => refusedToken(new WorkloadAuthError(refusal, deps.config), invalid)
  let workload: AnyWorkload
  try {
    workload = await deps.verifier.verify(asked.token)
  } catch (failure) {
    return refusedToken(failure, invalid)
  }
  trace.workload = workload
  const unfit = checkPresentation(workload, asked, deps)
  if (unfit !== undefined) return unfit instanceof Refusal ? inOAuth(unfit) : unfit
  const revoked = await refuseRevoked(workload, deps)
  if (revoked !== undefined) return inOAuth(revoked)
  const grants = await findGrants(workload, asked, deps)
  if (grants instanceof Refusal) return inOAuth(grants)
  const granted = select(grants, workload, asked)
  if (granted instanceof OAuthError) return granted
  if (granted instanceof Refusal) return inOAuth(granted)
  const binding = await boundTo(request, granted, deps)
  if (binding instanceof OAuthError) return binding
  const repeatable = await readRepeatable(request, asked, binding, deps)
  if (repeatable instanceof OAuthError) return repeatable
  const use = { ...exchangeUse, ...(repeatable && { by: repeatable.by }) }
  const spent = await checkSpent(workload, use, deps)
  if (spent !== undefined) return inOAuth(spent)
  const { tokenId = crypto.randomUUID() } = repeatable ?? {}
  const issued = await issue(workload, granted, { binding, tokenId }, deps)
  if (issued instanceof OAuthError) return issued
  trace.tokenId = tokenId
  if (!(await writeRecord({ outcome: 'issuing', workload, ...issued.record }, deps))) {
    trace.auditDown = true
    return unavailable('The exchange cannot be written down right now.')
  }
  // Last: an earlier failure must not use up the job's token; some platforms give a job only one.
  const refused = await claimOnce(workload, use, deps.config, new Set())
  if (refused !== undefined) return inOAuth(refused)
  const { proof } = binding
  const unclaimed = proof && (await claimBinding(proof, deps))
  return unclaimed ?? { ...issued, body: { ...issued.body, ...asked.grantType.members } }
}

/** Checks that the grant type may present this job's token. */
function checkPresentation(
  workload: AnyWorkload,
  { grantType, one }: TokenRequest,
  { issuer }: ExchangeDeps,
): Refusal | OAuthError | undefined {
  const { aud } = workload.claims as { readonly aud: unknown }
  if (grantType.forIssuerOnly && String(aud) !== issuer) return refuse('audience_mismatch', { workload })
  const mismatch = grantType.mismatch(one, workload)
  return mismatch === undefined ? undefined : new OAuthError(grantType.invalid, mismatch)
}

/**
 * Refuses an already exchanged CI token before it costs a signature or a record, unless the same
 * client sends the same request again.
 */
async function checkSpent(
  workload: AnyWorkload,
  use: OneTimeClaim,
  { config }: ExchangeDeps,
): Promise<Refusal | undefined> {
  const refusal = await claimOnce(workload, { ...use, checkOnly: true }, config, new Set())
  if (refusal?.code !== 'token_exchanged') return refusal
  return use.by === undefined ? refuseUse('token_replayed', { workload }) : claimOnce(workload, use, config, new Set())
}

async function findGrants(
  workload: AnyWorkload,
  { scopes, audience, details }: TokenRequest,
  { grants, clock, maxLifetime, config }: ExchangeDeps,
): Promise<readonly ReadGrant[] | Refusal> {
  if (typeof grants !== 'function') return grants
  try {
    const found = await within(clock, findTimeout, async () =>
      grants(workload as WorkloadIdentity, { scopes, audience, details }),
    )
    return (found ?? []).map((each) => readGrant(each, maxLifetime))
  } catch (cause) {
    config.outage('The grants of a job could not be found within 5 s, or some of them are no grants', cause)
    return refuse('resolver_unavailable', { retryAfter: 5, workload, cause })
  }
}
