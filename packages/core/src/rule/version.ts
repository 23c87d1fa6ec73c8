/** Release versions by Semantic Versioning 2.0.0, for `semver()`. */

import type { Comparison } from '../table/comparison.ts'
import { formatValue } from '../util/format.ts'
import { readOptions } from '../util/options.ts'

/** Which versions `semver()` matches. */
export interface SemVerOptions {
  /** The text before the version, such as `'api-v'`: 0 to 100 characters. Default `'v'`. */
  readonly prefix?: string
  /** Whether a pre-release such as `1.4.0-rc.1` matches too. Default `false`. */
  readonly prerelease?: boolean
}

const numeric = '(?:0|[1-9][0-9]*)'
const identifier = '(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)'
/** Versions by the grammar of https://semver.org, without build metadata; pre-releases captured. */
const version = new RegExp(`^${numeric}(?:\\.${numeric}){2}(-${identifier}(?:\\.${identifier})*)?$`)

/** Whether a text is a version that `semver()` with these options matches. */
export function isVersion(text: unknown, { prefix = 'v', prerelease = false }: SemVerOptions): boolean {
  if (typeof text !== 'string' || !text.startsWith(prefix)) return false
  const found = version.exec(text.slice(prefix.length))
  return found !== null && (prerelease || found[1] === undefined)
}

/**
 * Compiles the options of `semver()` to a test.
 *
 * @throws {TypeError} that says what to write.
 */
export function compileVersion(given: unknown, { label, separator }: Comparison): (actual: unknown) => boolean {
  if (separator === undefined) throw new TypeError(`${label} takes exact values only, no semver()`)
  const options = readOptions<SemVerOptions>(`${label}: semver()`, given, { prefix: true, prerelease: true })
  const { prefix = 'v', prerelease = false } = options
  if (typeof prefix !== 'string' || prefix.length > 100)
    throw new TypeError(
      `${label}: the prefix of semver() is text of at most 100 characters, not ${formatValue(prefix)}`,
    )
  if (typeof prerelease !== 'boolean')
    throw new TypeError(`${label}: the prerelease of semver() is true or false, not ${formatValue(prerelease)}`)
  return (actual) => isVersion(actual, options)
}
