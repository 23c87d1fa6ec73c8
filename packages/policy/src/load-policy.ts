/** Creates policies from documents. */

import type { ProviderLike, WorkloadFrom } from '@jobpass/core'
import type { PolicyOptions, TextOptions } from './options.ts'
import { policyOptions, readFormat, readMaxBytes, readPolicyOptions, textOptions } from './options.ts'
import type { Policy } from './policy.ts'
import { makePolicy, makeSource } from './policy.ts'
import { readVersion } from './read-policy.ts'
import { readText } from './source.ts'

/**
 * Creates a policy from a document: a JSON value, for example from a database.
 *
 * @throws {PolicyError} (a `TypeError`) that lists all faults with their paths.
 *
 * @example
 * ```ts
 * const policy = loadPolicy(
 *   { rules: { deploy: { provider: 'github-actions', repository: 'acme/shop', branch: 'main' } } },
 *   { providers: [githubActions] },
 * )
 * app.post('/deploy', requireWorkload(policy.rules('deploy')), handler)
 * ```
 */
export function loadPolicy<const P extends readonly ProviderLike[]>(
  document: unknown,
  options: PolicyOptions<P>,
): Policy<WorkloadFrom<P[number]>> {
  const version = readVersion({ value: document }, readPolicyOptions('loadPolicy()', options, policyOptions))
  return makePolicy(makeSource(version))
}

/**
 * Creates a policy from text in YAML 1.2 or JSON, of at most 64 KiB (`maxBytes`). YAML comments are
 * allowed; anchors, aliases, merge keys, tags and duplicate keys are not.
 *
 * @throws {PolicyError} (a `TypeError`) that lists all faults with path, line and column.
 *
 * @example
 * ```ts
 * const text = 'rules: { deploy: { provider: gitlab, ownerId: "99", branch: main } }'
 * const policy = parsePolicy(text, { providers: [gitlab] })
 * ```
 */
export function parsePolicy<const P extends readonly ProviderLike[]>(
  text: string,
  options: TextOptions<P>,
): Policy<WorkloadFrom<P[number]>> {
  const settled = readPolicyOptions('parsePolicy()', options, textOptions)
  const format = readFormat(Object.hasOwn(options, 'format') ? options.format : 'yaml')
  const version = readVersion(readText(text, format, readMaxBytes(options.maxBytes)), settled)
  return makePolicy(makeSource(version))
}
