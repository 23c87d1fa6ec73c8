/**
 * Examines a credential as a server would, and goes on after a refusal: what would be refused next
 * if this were mended. The real verifier decides each time.
 */

import type { AnyWorkload, RefusalCode, VerdictEvent } from '@jobpass/core'
import { githubActions } from '@jobpass/core'
import { chooseAudience } from './audience.ts'
import { identify } from './identify.ts'
import type { Claims } from './local-issuer.ts'
import { issuerFor, mintClaims } from './local-issuer.ts'
import type { Mended, Trial } from './mend.ts'
import { mend, withDates } from './mend.ts'
import { issuerOf, platformOf } from './platform.ts'
import type { Credential } from './read-credential.ts'
import { headerOf } from './read-credential.ts'
import type { Answer, ServerOptions } from './server.ts'
import { askServer } from './server.ts'

/** What the answer leans on without a proof. */
type Assumption = 'signature' | 'dates' | 'audience'

/** One refusal, and what is assumed to see the next. */
export interface Step {
  /** The code. */
  readonly code: RefusalCode
  /** The HTTP status of the answer. */
  readonly status: number
  /** The event of the server. */
  readonly event: VerdictEvent
  /** What is assumed after it; `undefined` where the examination ends here. */
  readonly assumed: string | undefined
}

/** The result of an examination. */
export interface Examination {
  /** The refusals, in the order of the checks. The first is what a server answers now. */
  readonly steps: readonly Step[]
  /** The last event: it allowed the call, or refused it for good. */
  readonly last: VerdictEvent
  /** Whether a server allows such a call; without keys, at the time for which the token is good. */
  readonly allowed: boolean
  /** What nothing has verified. */
  readonly unverified: readonly Assumption[]
  /** The identity, where the claims have one. */
  readonly workload: AnyWorkload | undefined
}

/** What to examine, and how. */
export interface ExamineOptions extends Omit<ServerOptions, 'audience'> {
  /** The names of the API; empty where they are unknown, and then those of the token count. */
  readonly audience: readonly string[]
  /** Milliseconds since 1970. */
  readonly now: number
  /** Fetches keys; `undefined`: nothing is fetched, and the signature is not checked. */
  readonly fetch: typeof fetch | undefined
}

/**
 * Examines a token or claims. Throws a `CommandError` for options that no server would start with.
 */
export async function examine(credential: Credential, options: ExamineOptions): Promise<Examination> {
  const { audience, madeUp } = chooseAudience(credential.claims, options)
  const server: ServerOptions = { ...options, audience }
  const unverified = new Set<Assumption>(options.audience.length === 0 ? ['audience'] : [])
  const ofClaims = { claims: credential.claims ?? {}, now: options.now }
  let trial: Trial = ofClaims
  let answer: Answer
  if (credential.kind === 'token') {
    const fetch = options.fetch ?? (await strangeKeys(credential, server))
    answer = await askServer(server, credential.text, fetch, trial.now)
  } else {
    unverified.add('signature').add('dates')
    trial = { ...ofClaims, claims: withDates(ofClaims) }
    answer = await askAgain(server, trial)
  }
  const steps: Step[] = []
  const seen = new Set<RefusalCode>()
  while (answer.refusal !== undefined) {
    const { code, status } = answer.refusal
    const next = nextTrial(code, trial, { audience, seen, readable: credential.claims !== undefined })
    const unasked = options.fetch === undefined && isByKeys(answer.event)
    const madeUpAudience = code === 'audience_mismatch' && madeUp
    if (next === undefined || !(unasked || madeUpAudience))
      steps.push({ code, status, event: answer.event, assumed: next?.assumed })
    if (next === undefined) break
    seen.add(code)
    unverified.add('signature')
    if (presentationCodes.has(code)) unverified.add('dates')
    trial = next
    answer = await askAgain(server, trial)
  }
  const { event: last } = answer
  const workload = last.workload ?? (await identityOf(trial.claims, server))
  const onlyLate = steps.every((step) => options.fetch === undefined && presentationCodes.has(step.code))
  return { steps, last, allowed: last.allowed && onlyLate, unverified: [...unverified], workload }
}

/** What the examination may still do. */
interface Rest {
  readonly audience: readonly string[]
  readonly seen: ReadonlySet<RefusalCode>
  readonly readable: boolean
}

/** The trial after a refusal; `undefined` where nothing more can be seen. */
function nextTrial(code: RefusalCode, trial: Trial, { audience, seen, readable }: Rest): Mended | undefined {
  return readable && !seen.has(code) ? mend(code, trial, { audience: audience[0] as string }) : undefined
}

/** Refusals that only say when the token was presented: an old token explains a new one. */
const presentationCodes: ReadonlySet<RefusalCode> = new Set(['token_expired', 'token_not_yet_valid', 'token_too_old'])

/**
 * Serves a key that has not signed the token, in place of those of its issuer: a signature that is
 * missing is found with any key.
 */
async function strangeKeys(
  { text, claims = {} }: Credential & { kind: 'token' },
  { trust }: ServerOptions,
): Promise<typeof fetch> {
  const iss = issuerOf(claims)
  const { keys } = await issuerFor(iss, platformOf(claims, trust) ?? githubActions)
  const header = headerOf(text)
  const documents = { issuer: iss, jwks_uri: `${iss}/keys`, keys: keys.map((key) => ({ ...key, kid: header['kid'] })) }
  return async () => Response.json(documents)
}

/** Whether a refusal says no more than that the keys of the issuer are not here. */
function isByKeys({ code, hint }: VerdictEvent): boolean {
  return code === 'issuer_unavailable' || code === 'key_unknown' || (code === 'signature_invalid' && hint === undefined)
}

/** Asks about claims that a local issuer signs. */
export async function askAgain(server: ServerOptions, { claims, now }: Trial): Promise<Answer> {
  const iss = issuerOf(claims)
  const provider = platformOf(claims, server.trust) ?? githubActions
  const { fetch } = await issuerFor(iss, provider)
  return askServer(server, await mintClaims(claims, iss, provider), fetch, now)
}

async function identityOf(claims: Claims, { trust }: ServerOptions): Promise<AnyWorkload | undefined> {
  const provider = platformOf(claims, trust)
  return provider && identify(claims, issuerOf(claims), provider)
}
