/** Runs cases: the real verifier decides on a token that a local issuer signs. */

import type { RuleVerdict } from '@jobpass/core'
import { escapeForLog } from '@jobpass/core/internal'
import { providerById } from '@jobpass/policy/built-in'
import { createTestIssuer } from '@jobpass/testing'
import type { MintableProvider } from '@jobpass/testing'
import { askAgain } from '../explain/examine.ts'
import type { Claims } from '../explain/local-issuer.ts'
import { withDates } from '../explain/mend.ts'
import { CommandError } from '../io/exit.ts'
import type { PolicyFile } from '../policy/read-policy.ts'
import { setName } from '../policy/read-policy.ts'
import { trustOf } from '../policy/trust.ts'
import type { Case, CaseFile, FixtureJob } from './read-cases.ts'

/** The result of a case. */
export interface CaseResult extends Case {
  /** The set of rules. */
  readonly set: string
  /** `'allow'`, or the code of the refusal. */
  readonly got: string
  /** Whether it is what the case expects. */
  readonly passed: boolean
  /** What is not as expected; `undefined` for a case that passed. */
  readonly fault: string | undefined
  /** The rules that decided, in the order of the set; empty where the token was refused before. */
  readonly rules: readonly RuleVerdict[]
}

/** The audience of cases that name none. */
const anyAudience = 'https://api.example'

/** Runs one case. */
export async function runCase(given: Case, file: CaseFile, policy: PolicyFile): Promise<CaseResult> {
  const set = setName(policy, given.set)
  const audience = file.audience.length > 0 ? file.audience : [anyAudience]
  const claims = given.claims ?? (await claimsOf(given.job as FixtureJob, `${file.path}:${given.line}`))
  const aud = given.claims?.['aud'] ?? given.job?.claims?.['aud'] ?? audience[0]
  const now = Date.now()
  const trial = { now, claims: withDates({ now, claims: { ...claims, aud } }) }
  const trust = trustOf(policy, file.trust)
  const server = {
    audience,
    trust,
    trustIsGuess: file.trust === undefined,
    route: [policy.policy.rules(set)],
    strict: false,
    maxTokenAge: undefined,
  }
  const { event, refusal } = await askAgain(server, { ...trial, now: presentedAt(trial.claims, now) })
  const got = refusal?.code ?? 'allow'
  const rules = event.layer === 'route' ? (event.verdict?.rules ?? []) : []
  const failed = rules.flatMap(({ checks }) => checks.filter(({ passed }) => !passed)).map(({ field }) => field)
  const fault =
    got !== given.expect
      ? `expected ${given.expect}, but the answer is ${got}${event.hint === undefined ? '' : `: ${event.hint}`}`
      : given.check !== undefined && !failed.includes(given.check)
        ? `expected the check ${escapeForLog(given.check)} to fail; those that failed: ${failed.join(', ') || 'none'}`
        : undefined
  return { ...given, set, got, passed: fault === undefined, fault, rules }
}

async function claimsOf({ provider: id, trigger, issuer, claims = {} }: FixtureJob, place: string): Promise<Claims> {
  const provider = providerById(id)
  if (provider === undefined) throw new CommandError(`${place} ${escapeForLog(id)} is no built-in provider`)
  try {
    const test = await createTestIssuer(provider as MintableProvider, issuer === undefined ? {} : { issuer })
    return test.claims(claims, trigger === undefined ? {} : { trigger: trigger as never })
  } catch (error) {
    if (error instanceof TypeError) throw new CommandError(`${place} ${error.message}`)
    throw error
  }
}

/** Right after it was issued: cases are about rules, and recorded claims are old. */
function presentedAt({ iat }: Claims, now: number): number {
  return typeof iat === 'number' && Number.isFinite(iat) ? (iat + 1) * 1000 : now
}
