/**
 * The job behind a service token, read from the claims of the CI token that the service verified
 * and exchanged.
 */

import { audiencesOf, chosenAudiences, refuse, verifyClaims } from '@jobpass/core/internal'
import type { CompiledTable, JobReader, VerifierContext, VerifyingIssuer } from '@jobpass/core/internal'

/**
 * The table for the claims of a job, by the issuer of the job; `undefined` for an issuer whose jobs
 * a token cannot represent.
 */
export type JobTable = (issuer: string) => CompiledTable | undefined

/** Makes the reader of jobs for the tokens of a verifier. */
export function jobReader(jobTable: JobTable): (context: VerifierContext) => JobReader {
  return (context) => {
    const issuers = new Map<CompiledTable, VerifyingIssuer>()
    /** One object for each table. */
    const issuerFor = (table: CompiledTable): VerifyingIssuer => {
      const issuer = issuers.get(table) ?? { ...context, table }
      issuers.set(table, issuer)
      return issuer
    }
    return (job, fault) => {
      const claims = job as Parameters<typeof verifyClaims>[0]['claims']
      const table = jobTable(claims.iss)
      const [audience] = [...chosenAudiences(claims, table?.table.appendedAudience), ...audiencesOf(claims)]
      if (table === undefined || audience === undefined || !Number.isFinite(claims.iat) || !Number.isFinite(claims.exp))
        return refuse('claims_invalid')
      return verifyClaims({ text: '', claims }, audience, issuerFor(table), fault)
    }
  }
}
