/**
 * One version of a policy as guards that decide: a verifier of its own, and a guard for each set of
 * rules. A request keeps the version that it began with.
 */

import type { AnyWorkload, ReplayStore, Verifier, VerifierOptions } from '@jobpass/core'
import { createVerifier } from '@jobpass/core'
import type { Refused } from '@jobpass/core/adapter'
import { createAuthenticator, createGuard, nodeHeaderValues } from '@jobpass/core/adapter'
import { checkSnapshot, makeRuleSet, meetVerifier } from '@jobpass/core/internal'
import type { Policy } from '@jobpass/policy'
import { inspectRule } from '@jobpass/policy'
import { trustOf } from '../policy/trust.ts'
import type { ProxiedRequest } from './proxied-request.ts'
import { binding } from './proxied-request.ts'

/** The guard behind one URL. */
export interface Guard {
  /** The name of its set of rules; for the guard that applies `trust` only, its path. */
  readonly name: string
  /** Decides; `undefined` admits the request. */
  readonly check: (request: ProxiedRequest) => Promise<Refused | undefined>
}

/** One version of a policy. */
export interface PolicyVersion {
  /** The fingerprint of the policy. */
  readonly fingerprint: string
  /** The guards by the path of their URL. */
  readonly guards: ReadonlyMap<string, Guard>
  /** The verifier that all of them share. */
  readonly verifier: Pick<Verifier, 'ready'>
}

/** What a version is made of, other than rules. */
export interface VersionOptions {
  /** The file, for messages. */
  readonly path: string
  /** The set of rules of the option `trust`. */
  readonly trust: string | undefined
  /** The store for rules of one-time use. */
  readonly store: ReplayStore
  /** The other options of the verifier. */
  readonly verifier: Omit<VerifierOptions<never, false>, 'trust' | 'replay'>
}

/** The path of the guard that applies `trust` only. */
const trustPath = '/trust'

/**
 * Makes the guards of a version. A `TypeError` or `CommandError` says what does not suit the
 * verifier.
 */
export function versionOf(policy: Policy, { path, trust, store, verifier: options }: VersionOptions): PolicyVersion {
  const { names, entries, fingerprint } = policy
  const once = Object.values(entries).some((rules) => rules.some((rule) => inspectRule(rule).uses === 'one'))
  const verifier = createVerifier({
    ...options,
    trust: trustOf({ path, policy }, trust),
    ...(once && { replay: { store } }),
  })
  const auth = createAuthenticator<ProxiedRequest>(verifier, binding)
  const snapshot = new Map(Object.entries(entries))
  const source = { current: () => snapshot }
  const guardOf = (name: string, step?: ReturnType<typeof createGuard>): Guard => ({
    name,
    check: async (request) =>
      (await auth.authenticate(request, nodeHeaderValues(request.message, auth.header))) ?? step?.(request, request),
  })
  const guards = names.map((name): readonly [string, Guard] => {
    const rules = makeRuleSet<AnyWorkload>(source, name)
    meetVerifier(rules, auth.config)
    return [`/guards/${name}`, guardOf(name, createGuard([rules]))]
  })
  // Rules are otherwise checked when their guard first decides.
  checkSnapshot(source, snapshot)
  return { fingerprint, verifier, guards: new Map([...guards, [trustPath, guardOf(trustPath)]]) }
}
