/**
 * Conditions on values. The helpers return plain JSON, so that rules in code and in documents are
 * the same.
 */

import type { SemVerOptions } from './version.ts'

export type { SemVerOptions } from './version.ts'

/** A pattern for the whole value; see `glob()`. */
export interface Glob {
  /** The pattern. */
  readonly glob: string
}

/** A value that is present and is not the given one; see `not()`. */
export interface Not<V> {
  /** The value, list or pattern that must not match. */
  readonly not: V
}

/** Conditions that must all match; see `allOf()`. */
export interface AllOf<C> {
  /** The conditions, two or more. */
  readonly allOf: readonly C[]
}

/** A release version; see `semver()`. */
export interface SemVer {
  /** The text before the version, and whether it may be a pre-release. */
  readonly semver: SemVerOptions
}

/** A value that is present, or absent; see `present()` and `absent()`. */
export interface Presence {
  /** Whether a value must be present. */
  readonly present: boolean
}

/** Any event; see `anyEvent()`. */
export interface AnyEvent {
  /** Always `true`. */
  readonly anyEvent: true
}

/** One value, or a list of which one must be equal. */
export type Exact<V> = V | readonly V[]

/** One value or pattern, or a list of which one must match. */
export type Choice<V> = Exact<V> | Glob | readonly (V | Glob)[]

/** A condition on a value that takes no patterns. */
export type ExactCondition<V> = Exact<V> | Not<Exact<V>> | Presence | AllOf<Exact<V> | Not<Exact<V>> | Presence>

/** A condition on a value. On a list it matches when one element matches. */
export type Condition<V> = [V] extends [readonly (infer Element)[]]
  ? Condition<Element>
  : [V] extends [string]
    ? Choice<V> | Not<Choice<V>> | Presence | SemVer | AllOf<Choice<V> | Not<Choice<V>> | Presence | SemVer>
    : ExactCondition<V>

/**
 * Matches the whole value by a pattern. `*` and `?` stay inside a segment, and a segment that is
 * only `*` is not empty. `**` must be a whole segment and matches any number of segments, at the
 * end at least one.
 *
 * The claim determines the separator (`/` in names and refs). Ids and `subject` take no patterns.
 *
 * @example
 * ```ts
 * githubActions({ repository: 'acme/shop', branch: glob('release/*') })
 * ```
 */
export function glob(pattern: string): Glob {
  return Object.freeze({ glob: pattern })
}

/**
 * Matches a value that is present and is not the given value, list or pattern. An absent value
 * never matches.
 *
 * @example
 * ```ts
 * githubActions({ owner: 'acme', environment: not('preview') })
 * ```
 */
export function not<const V extends string | number | boolean | readonly (string | number | boolean | Glob)[] | Glob>(
  value: V,
): Not<V> {
  return Object.freeze({ not: value })
}

/**
 * Matches where all conditions match. On a list, each may match another element.
 *
 * @example
 * ```ts
 * githubActions({ owner: 'acme', branch: allOf(glob('release/*'), not('release/next')) })
 * ```
 */
export function allOf<const C extends readonly [unknown, unknown, ...unknown[]]>(...conditions: C): AllOf<C[number]> {
  return Object.freeze({ allOf: Object.freeze(conditions) })
}

/**
 * Matches a release version by Semantic Versioning 2.0.0 (https://semver.org): three numbers after
 * `v` or another prefix. Pre-releases, which `glob('v*.*.*')` also matches, do not match unless
 * asked for; build metadata never does.
 *
 * @example
 * ```ts
 * githubActions({ repository: 'acme/shop', tag: semver() }) // v1.4.0, not v1.4.0-rc.1
 * githubActions({ repository: 'acme/shop', tag: semver({ prefix: 'api-v', prerelease: true }) })
 * ```
 */
export function semver(options: SemVerOptions = {}): SemVer {
  return Object.freeze({ semver: Object.freeze({ ...options }) })
}

/**
 * Matches any value that is present: not missing, `null`, `''` or `[]`.
 *
 * @example
 * ```ts
 * githubActions({ owner: 'acme', environment: present() })
 * ```
 */
export function present(): Presence {
  return Object.freeze({ present: true })
}

/**
 * Matches only where the value is absent: missing, `null`, `''` or `[]`.
 *
 * @example
 * ```ts
 * githubActions({ owner: 'acme', environment: absent() })
 * ```
 */
export function absent(): Presence {
  return Object.freeze({ present: false })
}

/**
 * Admits runs of every event, pull requests of outsiders included: for `event` in `trust` only.
 * Each route must then name the events that it admits.
 *
 * @example
 * ```ts
 * workloadAuth({ audience, trust: githubActions({ ownerId: '1234567', event: anyEvent() }) })
 * ```
 */
export function anyEvent(): AnyEvent {
  return Object.freeze({ anyEvent: true })
}
