/** The token endpoint: from a CI token to a service token. */

import { WorkloadAuthError } from '@jobpass/core'
import type { AnyWorkload, EndpointAnswer, EndpointRequest, WorkloadIdentity } from '@jobpass/core'
import { Refusal, claimOnce, exchangeUse, refuse, within } from '@jobpass/core/internal'
import { writeRecord } from './audit.ts'
import { boundTo, claimBinding } from './binding.ts'
import { readGrant, select } from './grants.ts'
import type { ReadGrant } from './grants.ts'
import { issue } from './issue.ts'
import type { Issued } from './issue.ts'
import type { KeySource } from './key-source.ts'
import { OAuthError, errorAnswer, jsonAnswer, methodAnswer, refusedToken, unavailable } from './oauth-answer.ts'
import type { ReadExchange } from './options.ts'
import { refuseRevoked } from './revocation.ts'
import { grantTypes, readForm, readTokenRequest } from './token-request.ts'
import type { TokenRequest } from './token-request.ts'

/** What an exchange works with. */
export interface Surroundings extends ReadExchange {
  readonly schedule: KeySource['schedule']
}

/** What has become known of a request when it is answered. */
interface Trace {
  workload?: AnyWorkload
  tokenId?: string
  auditDown?: true
}

const findTimeout = 5_000

/** Answers a token request. Rejects only for a fault of the program. */
export async function answerTokenRequest(request: EndpointRequest, around: Surroundings): Promise<EndpointAnswer> {
  if (request.method !== 'POST') return methodAnswer('POST')
  const trace: Trace = {}
  const outcome = await exchange(request, around, trace)
  if (!(outcome instanceof OAuthError)) return jsonAnswer(200, outcome.body)
  await recordRefusal(outcome, around, trace)
  return errorAnswer(outcome)
}

/** Requests without a verified caller leave no record: they would let strangers fill the log. */
async function recordRefusal(
  { error, extra }: OAuthError,
  around: Surroundings,
  { workload, tokenId, auditDown }: Trace,
): Promise<void> {
  if (workload === undefined) return
  const { code } = extra.members ?? {}
  const known = { ...(typeof code === 'string' && { code }), ...(tokenId !== undefined && { tokenId }) }
  const written = writeRecord({ outcome: 'refused', error, workload, ...known }, around)
  // What has just failed is not waited for once more.
  if (auditDown === undefined) await written
}

async function exchange(request: EndpointRequest, around: Surroundings, trace: Trace): Promise<Issued | OAuthError> {
  const form = await readForm(request)
  if (form instanceof OAuthError) return form
  const asked = readTokenRequest(form)
  if (asked instanceof OAuthError) return asked
  // RFC 8693 §2.2.2 and RFC 7523 §3.1 have different names for an invalid token.
  const invalid = asked.grantType === grantTypes[0] ? 'invalid_request' : 'invalid_grant'
  const inOAuth = (refusal: Refusal): OAuthError => refusedToken(new WorkloadAuthError(refusal, around.policy), invalid)
  let workload: AnyWorkload
  try {
    workload = await around.verifier.verify(asked.token)
  } catch (failure) {
    return refusedToken(failure, invalid)
  }
  trace.workload = workload
  const revoked = await refuseRevoked(workload, around)
  if (revoked !== undefined) return inOAuth(revoked)
  const spent = await checkSpent(workload, around)
  if (spent !== undefined) return inOAuth(spent)
  const grants = await findGrants(workload, asked, around)
  if (grants instanceof Refusal) return inOAuth(grants)
  const granted = select(grants, workload, asked)
  if (granted instanceof OAuthError) return granted
  if (granted instanceof Refusal) return inOAuth(granted)
  const proof = await boundTo(request, granted, around)
  if (proof instanceof OAuthError) return proof
  const issued = await issue(workload, granted, proof?.thumbprint, around)
  if (issued instanceof OAuthError) return issued
  const { record } = issued
  trace.tokenId = record.tokenId
  if (!(await writeRecord({ outcome: 'issuing', workload, ...record }, around))) {
    trace.auditDown = true
    return unavailable('The exchange cannot be written down right now.')
  }
  // Last: what fails before has not used the job's token up, and some platforms give a job no other.
  const claimed = await claimOnce(workload, exchangeUse, around.policy, new Set())
  if (claimed !== undefined) return inOAuth(claimed)
  return (proof && (await claimBinding(proof, around))) ?? issued
}

/** Refuses a CI token that was exchanged before, so that it costs neither a signature nor a place in the store. */
async function checkSpent(workload: AnyWorkload, { policy }: Surroundings): Promise<Refusal | undefined> {
  const refusal = await claimOnce(workload, { ...exchangeUse, checkOnly: true }, policy, new Set())
  return refusal?.code === 'token_exchanged' ? refuse('token_replayed', { workload }) : refusal
}

async function findGrants(
  workload: AnyWorkload,
  { scopes, audience }: TokenRequest,
  { grants, clock, maxLifetime, policy }: Surroundings,
): Promise<readonly ReadGrant[] | Refusal> {
  if (typeof grants !== 'function') return grants
  try {
    const found = await within(clock, findTimeout, async () =>
      grants(workload as WorkloadIdentity, { scopes, audience }),
    )
    return (found ?? []).map((each) => readGrant(each, maxLifetime))
  } catch (cause) {
    policy.outage('The grants of a job could not be found within 5 s, or some of them are no grants', cause)
    return refuse('resolver_unavailable', { retryAfter: 5, workload, cause })
  }
}
