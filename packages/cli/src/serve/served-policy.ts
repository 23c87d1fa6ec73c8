/** The policy that is in force. It follows its file; a version with a fault changes nothing. */

import { watchPolicy } from '@jobpass/policy/file'
import type { Policy } from '@jobpass/policy'
import { providersAt } from '../policy/bound-providers.ts'
import { maxPolicyBytes } from '../policy/read-policy.ts'
import { asUsage } from '../io/usage.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import type { PolicyVersion, VersionOptions } from './policy-version.ts'
import { versionOf } from './policy-version.ts'

/** A policy that follows its file. */
export interface ServedPolicy {
  /** The version that is in force. */
  readonly current: PolicyVersion
  /** Reads the file now. */
  readonly reload: () => void
  /** Stops following the file. */
  readonly close: () => void
}

/** How a policy is followed. */
export interface ServedOptions extends VersionOptions {
  /** The issuer of rules that name none. */
  readonly issuer: string | undefined
  /** Called with each version once it is in force. */
  readonly onVersion: (version: PolicyVersion) => void
  /** The metrics. */
  readonly metrics: Metrics
  /** The log. */
  readonly log: Log
}

/** Reads a policy and follows its file. At start, a fault in it is a `CommandError`. */
export function followPolicy(options: ServedOptions): ServedPolicy {
  const { path, issuer, onVersion, metrics, log } = options
  const putInForce = (policy: Policy): PolicyVersion => {
    const version = versionOf(policy, options)
    metrics.inForce(version.fingerprint)
    onVersion(version)
    return version
  }
  const reject = ({ message }: Error): void => {
    metrics.reloaded('rejected')
    log({ event: 'rejected', message: `the policy stays as it was: ${message}` })
  }
  const replace = (policy: Policy): void => {
    try {
      current = putInForce(policy)
    } catch (error) {
      return reject(error as Error)
    }
    metrics.reloaded('loaded')
    const { fingerprint, guards } = current
    const paths = [...guards.keys()]
    log({ event: 'reloaded', fingerprint, guards: paths, message: `policy ${fingerprint}: ${paths.join(', ')}` })
  }
  const watched = asUsage(() =>
    watchPolicy(path, {
      providers: providersAt(issuer),
      strict: options.verifier.strict ?? false,
      maxBytes: maxPolicyBytes,
      onReload: replace,
      onError: reject,
    }),
  )
  let current = asUsage(() => putInForce(watched))
  return {
    get current() {
      return current
    },
    reload: () => void watched.reload(),
    close: () => watched.close(),
  }
}
