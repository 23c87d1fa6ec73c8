/** Documents as policies. */

import type { ProviderLike, WorkloadFrom } from '@jobpass/core'
import type { PolicyOptions, TextOptions } from './options.ts'
import { readFormat, readMaxBytes, readOptions } from './options.ts'
import type { Policy } from './policy.ts'
import { makePolicy, makeSource } from './policy.ts'
import { readVersion } from './read-policy.ts'
import { readText } from './source.ts'

/**
 * Makes a policy of a document: a JSON value, such as one from a database.
 *
 * Throws a `PolicyError`, a `TypeError` that tells everything that is wrong, each with its path.
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
  const version = readVersion({ value: document }, readOptions('loadPolicy()', options, []))
  return makePolicy(makeSource(version))
}

/**
 * Makes a policy of a text in YAML 1.2 or JSON, at most 64 KiB of it (`maxBytes`). Comments are allowed in YAML, while
 * anchors, aliases, merge keys, tags and duplicate keys are not.
 *
 * Throws a `PolicyError`, a `TypeError` that tells everything that is wrong, each with its path, line and column.
 *
 * @example
 * ```ts
 * const policy = parsePolicy('rules: { deploy: { provider: gitlab, ownerId: "99", branch: main } }', { providers: [gitlab] })
 * ```
 */
export function parsePolicy<const P extends readonly ProviderLike[]>(
  text: string,
  options: TextOptions<P>,
): Policy<WorkloadFrom<P[number]>> {
  const settled = readOptions('parsePolicy()', options, ['format', 'maxBytes'])
  const format = readFormat(Object.hasOwn(options, 'format') ? options.format : 'yaml')
  const version = readVersion(readText(text, format, readMaxBytes(options.maxBytes)), settled)
  return makePolicy(makeSource(version))
}
