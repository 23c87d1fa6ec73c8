/** Rule lists for one caller, which matches the last rule. */

import type { TrustRule, Verifier } from '@jobpass/core'
import { createVerifier, githubActions } from '@jobpass/core'
import { createAuthenticator, createGuard } from '@jobpass/core/adapter'
import type { BenchKey } from './tokens.ts'
import { mint } from './mint.ts'
import { audience, issuer, ownerId, repositoryId } from './tokens.ts'

/** The measured provider: GitHub Actions with a local key. */
export function actionsWith({ jwk }: BenchKey): typeof githubActions {
  return githubActions.at(issuer, { keys: [jwk] }) as typeof githubActions
}

export type Rule = TrustRule<ReturnType<typeof githubActions> extends TrustRule<infer W> ? W : never>

/** Rules for this many repositories; the last is the caller's. */
export function rulesByRepository(provider: typeof githubActions, count: number): readonly Rule[] {
  return Array.from({ length: count }, (_, index) => {
    const other = String(500_000_000 + index)
    return provider({ repositoryId: index === count - 1 ? repositoryId : other, branch: 'main' })
  })
}

/**
 * Rules for this many branches of the caller's repository; the last is the caller's. No index can
 * separate them.
 */
export function rulesByBranch(provider: typeof githubActions, count: number): readonly Rule[] {
  return Array.from({ length: count }, (_, index) =>
    provider({ repositoryId, branch: index === count - 1 ? 'main' : `release-${index}` }),
  )
}

/** Requests of callers that passed `workloadAuth`, each with its own identity. */
export async function enteredRequests(key: BenchKey, count: number): Promise<readonly object[]> {
  const verifier: Verifier = createVerifier({ audience, trust: actionsWith(key)({ ownerId }), cache: false })
  const { authenticate } = createAuthenticator(verifier)
  const token = mint(key)
  const requests: object[] = []
  for (let index = 0; index < count; index++) {
    const request = {}
    // Without a cache the same token makes a new identity each time.
    if ((await authenticate(request, [`Bearer ${token}`])) !== undefined) throw new Error('a good token was refused')
    requests.push(request)
  }
  return requests
}

/** A guard that must admit the caller. */
export function guardOf(rules: readonly unknown[]): (request: object) => void {
  const guard = createGuard(rules)
  return (request) => {
    if (guard(request, request) !== undefined) throw new Error('the caller was refused')
  }
}

/**
 * Caller and rules as plain data: what a program without a package would do, without verdict, pins
 * or events.
 */
export function plainLoop(count: number): () => boolean {
  const caller = { repository_id: repositoryId, ref: 'refs/heads/main' }
  const rules = Array.from({ length: count }, (_, index) => ({
    repository: index === count - 1 ? repositoryId : String(500_000_000 + index),
    ref: 'refs/heads/main',
  }))
  return () => rules.some(({ repository, ref }) => repository === caller.repository_id && ref === caller.ref)
}
