/** The pipeline, in the one order: header, token, issuer, cheap refusals, keys, signature, age, claims, identity, deny, trust. */

import { looksLikeJwt, decodeToken } from './token/token.ts'
import type { Token } from './token/token.ts'
import { noToken, readBearer } from './token/bearer.ts'
import { checkAge, checkAudience, checkDates, checkHeader, checkTable } from './token/claims.ts'
import { WorkloadAuthError } from './answer/errors.ts'
import { compileGuard } from './rule/guard.ts'
import { differsBySlash, tokenHints } from './answer/hints.ts'
import type { Provenance } from './identity/identity.ts'
import { foreignTenant, makeIdentity } from './identity/identity.ts'
import type { Seen, Trusted, VerifierOptions } from './options.ts'
import type { IssuerPolicy, Policy } from './policy.ts'
import { checkStrict, compilePolicy, withDefaults } from './policy.ts'
import { Refusal, refuse } from './answer/refusal.ts'
import { resolveRules } from './rule/resolver.ts'
import type { CompiledRule, RouteRule } from './rule/rule.ts'
import type { PublishedKey } from './token/key-set.ts'
import type { KeyReport } from './token/keys.ts'
import { checkSignature } from './token/signature.ts'
import { show } from './util/text.ts'
import { decideCompiled, faultsOf } from './rule/verdict.ts'
import type { AnyWorkload } from './identity/workload.ts'

/** Verifies tokens for one API; made by `createVerifier`, shared by as many middlewares as you like. */
export interface Verifier<out S extends AnyWorkload | undefined = AnyWorkload | undefined> {
  /**
   * Verifies the text of a token and asks `deny` and `trust`. Rejects with a `WorkloadAuthError`.
   */
  verify(token: string): Promise<NonNullable<S>>
  /**
   * The same for the values of a request's header, with a route's rules beside it: for servers without an adapter. Resolves to the workload, or to
   * `undefined` where calling is optional and no rules are given. Rejects with a `WorkloadAuthError`, whose `status`, `headers` and `problem` are the answer.
   */
  authorize(headerValues: string | readonly string[] | undefined, rules?: RouteRule | readonly RouteRule[]): Promise<S>
  /**
   * Fetches the keys of every issuer that has none yet, and reports for each. Never rejects: a server can start without them.
   *
   * @example
   * ```ts
   * for (const { issuer, ready, reason } of await verifier.ready()) if (!ready) log.warn(`no keys of ${issuer}: ${reason}`)
   * ```
   */
  ready(): Promise<readonly KeyReport[]>
}

const policies = new WeakMap<object, Policy>()

/** The policy of a verifier made here, or `undefined` for anything else. */
export function policyOf(verifier: unknown): Policy | undefined {
  return typeof verifier === 'object' && verifier !== null ? policies.get(verifier) : undefined
}

/**
 * Makes a verifier. Throws a `TypeError` that says what to write instead.
 *
 * @example
 * ```ts
 * const verifier = createVerifier({ audience: 'https://api.acme.dev', trust: githubActions({ ownerId: '1234567' }) })
 * const workload = await verifier.verify(token)
 * ```
 */
export function createVerifier<T extends Trusted, const O extends boolean = false>(
  options: VerifierOptions<T, O>,
): Verifier<Seen<T, O>> {
  const policy = compilePolicy(options)
  const raise = <V>(outcome: V | Refusal): V => {
    if (outcome instanceof Refusal) throw new WorkloadAuthError(outcome, policy)
    return outcome
  }
  const verifier: Verifier = {
    verify: async (token) => {
      if (typeof token !== 'string') throw new TypeError(`verify() takes the text of a token, not ${show(token)}`)
      return raise(await authenticate(verifier, { ...policy, optional: false }, [`Bearer ${token}`])) as AnyWorkload
    },
    authorize: async (values, rules) => {
      const guard = rules === undefined ? undefined : compileGuard(Array.isArray(rules) ? rules : [rules])
      const list = typeof values === 'string' ? [values] : (values ?? [])
      const workload = raise(await authenticate(verifier, policy, list))
      if (guard !== undefined) raise(await guard({ policy, workload, subject: undefined, seen: new Map() }))
      return workload
    },
    ready: () => Promise.all([...policy.issuers.values()].map(({ keys }) => keys.ready())),
  }
  policies.set(verifier, policy)
  return Object.freeze(verifier) as unknown as Verifier<Seen<T, O>>
}

/** From header values to an identity, to `undefined` for a call that may have none, or to a refusal. Every outcome is told to the hook. */
export async function authenticate(
  maker: object,
  policy: Policy,
  values: readonly string[],
): Promise<AnyWorkload | undefined | Refusal> {
  const outcome = await run(maker, policy, values)
  if (outcome instanceof Refusal && policy.observed) {
    const { workload, verdict, cause, claim = outcome.context.unverifiedClaim } = outcome.context
    const hint = outcome.context.hint?.()
    policy.onVerdict({
      layer: workload === undefined ? 'token' : 'trust',
      allowed: false,
      code: outcome.code,
      ...(workload === undefined ? {} : { workload }),
      ...(verdict === undefined ? {} : { verdict }),
      ...(claim === undefined ? {} : { claim }),
      ...(hint === undefined ? {} : { hint }),
      ...(cause === undefined ? {} : { cause }),
    })
  }
  return outcome
}

async function run(
  maker: object,
  policy: Policy,
  values: readonly string[],
): Promise<AnyWorkload | undefined | Refusal> {
  const credential = readBearer(values)
  if (credential instanceof Refusal) return credential
  if (credential === noToken) return policy.optional ? undefined : refuse('token_missing')
  if (policy.optional && !looksLikeJwt(credential)) return undefined
  const token = decodeToken(credential)
  if (token instanceof Refusal) return token
  const issuer = policy.issuers.get(token.claims.iss)
  if (issuer === undefined) return policy.optional ? undefined : untrusted(token, policy)
  const now = policy.clock.now() / 1000
  const audience = beforeSignature(token, issuer, policy, now)
  if (audience instanceof Refusal) return audience
  const key = await issuer.keys.find(token)
  if (key instanceof Refusal) return key
  const { maxTokenAge, maxLifetime, table } = issuer
  const wrong =
    (await checkKeyAndSignature(token, key, issuer)) ??
    checkAge(token.claims, now, { maxTokenAge, maxLifetime, tolerance: policy.clockTolerance }) ??
    checkTable(table.rows, token.claims)
  if (wrong !== undefined) return wrong
  const provenance: Provenance = {
    maker,
    table,
    now: () => policy.clock.now() / 1000,
    tolerance: policy.clockTolerance,
  }
  const identity = identify(token, audience, provenance, policy)
  if (identity instanceof Refusal) return identity
  return (await admit(identity, provenance, issuer, policy)) ?? identity
}

/** Some issuers give a new key an old name: a bad signature is worth one look at what is published now. */
async function checkKeyAndSignature(
  token: Token,
  key: PublishedKey,
  { keys }: IssuerPolicy,
): Promise<Refusal | undefined> {
  const wrong = await checkSignature(token, key)
  if (wrong?.code !== 'signature_invalid') return wrong
  const other = await keys.findAgain(token, key)
  return other === undefined ? wrong : checkSignature(token, other)
}

function untrusted({ claims }: Token, { issuers }: Policy): Refusal {
  const slash = (): boolean => [...issuers.keys()].some((issuer) => differsBySlash(issuer, [claims.iss]))
  return refuse('issuer_untrusted', { hint: () => (slash() ? tokenHints.issuerSlash : undefined) })
}

/** What may be refused on unverified bytes, so that it costs neither a key nor a signature: by code only, with nothing of the token in it. */
function beforeSignature(
  { header, claims }: Token,
  issuer: IssuerPolicy,
  policy: Policy,
  now: number,
): string | Refusal {
  const wrong = checkHeader(header, issuer.table.table) ?? checkDates(claims, now, policy.clockTolerance)
  if (wrong !== undefined) return wrong
  const matched = checkAudience(claims, issuer.audiences, issuer.multipleAudiences, issuer.isDefaultAudience)
  return matched instanceof Refusal ? matched : matched.audience
}

/** Runs the functions of the table: one that throws has met claims that it was not made for. */
function identify({ claims }: Token, audience: string, provenance: Provenance, policy: Policy): AnyWorkload | Refusal {
  const { contradiction, title } = provenance.table.table
  try {
    const claim = (contradiction as ((claims: unknown) => string | undefined) | undefined)?.(claims)
    if (claim !== undefined) return refuse('claims_invalid', { claim })
    const identity = makeIdentity(claims, audience, provenance)
    return foreignTenant(identity, provenance.table) === undefined
      ? identity
      : refuse('claims_invalid', { claim: 'iss' })
  } catch {
    policy.warn(`A function in the table of ${title} threw on the claims of a verified token`)
    return refuse('claims_invalid')
  }
}

async function admit(
  identity: AnyWorkload,
  provenance: Provenance,
  issuer: IssuerPolicy,
  policy: Policy,
): Promise<Refusal | undefined> {
  const denied = decideCompiled(policy.denies, identity, provenance)
  if (denied.reason === 'denied') {
    faultsOf(denied).forEach((fault) => policy.warn(fault))
    return refuse('workload_denied', { workload: identity, verdict: denied })
  }
  let rules: readonly CompiledRule[] = issuer.rules
  let verdict = decideCompiled(rules, identity, provenance)
  for (const lookup of verdict.allowed ? [] : issuer.lookups) {
    const accept = policy.strict ? checkStrict : () => {}
    const found = await resolveRules(() => lookup.find(identity), accept, {
      clock: policy.clock,
      warn: policy.warn,
      workload: identity,
    })
    if (found instanceof Refusal) return found
    rules = [...rules, ...found.map((rule) => withDefaults(rule, lookup.settings, policy))]
    verdict = decideCompiled(rules, identity, provenance)
    if (verdict.allowed) break
  }
  if (!verdict.allowed) {
    faultsOf(verdict).forEach((fault) => policy.warn(fault))
    return refuse('workload_forbidden', { workload: identity, verdict })
  }
  policy.onVerdict({ layer: 'trust', allowed: true, workload: identity, verdict })
  return undefined
}
