/** The public table of refusals. */

import type { ErrorDefinition, RefusalCode } from './refusal.ts'
import { pipelineCodes } from './refusal.ts'
import { useCodes } from './use-refusal.ts'
import { ownCopy } from '../util/objects.ts'

const order: readonly RefusalCode[] = [
  'token_missing',
  'request_malformed',
  'token_malformed',
  'issuer_untrusted',
  'header_unsupported',
  'algorithm_unsupported',
  'token_expired',
  'token_not_yet_valid',
  'audience_mismatch',
  'audience_multiple',
  'issuer_unavailable',
  'key_unknown',
  'signature_invalid',
  'token_too_old',
  'token_lifetime',
  'claims_invalid',
  'scheme_mismatch',
  'proof_invalid',
  'proof_nonce',
  'certificate_mismatch',
  'token_revoked',
  'workload_denied',
  'workload_forbidden',
  'resolver_unavailable',
  'store_unavailable',
  'token_replayed',
  'token_exchanged',
]

/** The public table of codes, in the order in which they are decided. */
export const errorCodes: Readonly<Record<RefusalCode, ErrorDefinition>> = /* @__PURE__ */ inOrder()

function inOrder(): Readonly<Record<RefusalCode, ErrorDefinition>> {
  const all = { ...pipelineCodes, ...useCodes }
  return ownCopy(Object.fromEntries(order.map((code) => [code, all[code]])) as typeof all)
}
