/**
 * Checks claims by the real verifier: the issuer in the page signs them again, and a verifier whose
 * `trust` is the rules checks the token, as in a server.
 */

import { createVerifier, explain, memoryReplayStore, WorkloadAuthError } from '@jobpass/core'
import type { AnyWorkload, Problem, RefusalCode, TrustRule, Verdict, VerdictEvent } from '@jobpass/core'
import { inspectRule, lintRules } from '@jobpass/policy'
import type { Finding } from '@jobpass/policy'
import { issuerFor, mintClaims } from '@jobpass/cli/claims'
import type { AnyProvider } from '@jobpass/policy/built-in'
import { providerById, providerOfIssuer } from '@jobpass/policy/built-in'
import type { Claims } from './read-token.ts'

/** What to check. */
export interface Trial {
  readonly claims: Claims
  readonly rules: readonly TrustRule[]
  /** The platform, for an issuer that neither a rule nor a table names. */
  readonly provider: AnyProvider
  /** The name of the API. */
  readonly audience: string
  /** When the token is checked: seconds after it was issued, or `'now'`. */
  readonly checkedAt: number | 'now'
}

/** A refusal as the job reads it. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly problem: Problem
}

/** What the verifier decided. */
export interface Outcome {
  readonly allowed: boolean
  /** The code of the refusal; `undefined` for an allowed call. */
  readonly code: RefusalCode | undefined
  /** The answer; `undefined` for an allowed call, which the route answers. */
  readonly answer: Answer | undefined
  /** The decision on one line, as a log has it, with expected values. */
  readonly explanation: string
  /** What went wrong, where the token was refused and the mistake is known. */
  readonly hint: string | undefined
  /** Rules and checks; `undefined` where the token was refused before the rules. */
  readonly verdict: Verdict | undefined
  /** The identity of the job; `undefined` where the token was refused before. */
  readonly workload: AnyWorkload | undefined
  /** The findings of lint. */
  readonly findings: readonly Finding[]
}

/** Checks a trial. A configuration that the verifier refuses is a `fault`. */
export async function run(trial: Trial): Promise<Outcome | { readonly fault: string }> {
  const { claims, rules, audience } = trial
  const provider = providerOf(trial)
  const iss = issuerOf(claims, provider)
  const issuer = await issuerFor(iss, provider)
  let event: VerdictEvent | undefined
  let error: WorkloadAuthError | undefined
  try {
    const verifier = createVerifier({
      audience,
      trust: rules,
      fetch: issuer.fetch,
      clock: clockOf(trial),
      // In the page, each trial is the first use of its token.
      ...(rules.some((rule) => inspectRule(rule).uses !== 'any') && { replay: { store: memoryReplayStore() } }),
      onVerdict: (given) => (event = given),
      onWarning: () => {},
    })
    const token = await mintClaims(claims, iss, provider)
    await verifier.authorize(`Bearer ${token}`)
  } catch (thrown) {
    if (thrown instanceof TypeError) return { fault: thrown.message }
    if (!(thrown instanceof WorkloadAuthError)) throw thrown
    error = thrown
  }
  return outcomeOf(event, error, lintRules({ audience, trust: rules }))
}

function outcomeOf(
  event: VerdictEvent | undefined,
  error: WorkloadAuthError | undefined,
  findings: readonly Finding[],
): Outcome {
  return {
    allowed: error === undefined,
    code: error?.code,
    answer: error && { status: error.status, headers: error.headers, problem: error.problem },
    explanation: event === undefined ? '' : explain(event, { level: 'full' }),
    hint: event?.hint,
    verdict: event?.verdict,
    workload: event?.workload,
    findings,
  }
}

/**
 * The platform of a token: that of a rule for its issuer, else that of the issuer, else the
 * choice.
 */
export function providerOf({ claims, rules, provider }: Pick<Trial, 'claims' | 'rules' | 'provider'>): AnyProvider {
  const { iss } = claims
  const facts = rules.map((rule) => inspectRule(rule)).find(({ issuers }) => issuers?.includes(iss as string))
  return (facts && providerById(facts.provider)) ?? providerOfIssuer(iss) ?? provider
}

/** The issuer that signs. Claims without `iss` are signed too: the verifier refuses them. */
export function issuerOf({ iss }: Claims, { issuer }: AnyProvider): string {
  return typeof iss === 'string' ? iss : (issuer ?? 'https://issuer.example')
}

function clockOf({ claims, checkedAt }: Trial): { now(): number; after(ms: number, call: () => void): () => void } {
  const { iat } = claims
  const stopped = checkedAt === 'now' || !Number.isFinite(iat) ? Date.now() : ((iat as number) + checkedAt) * 1000
  return {
    now: () => stopped,
    after: (milliseconds, callback) => {
      const timer = setTimeout(callback, milliseconds)
      return () => clearTimeout(timer)
    },
  }
}
