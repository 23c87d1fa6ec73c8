/** Validates the options for documents. */

import type { ProviderLike } from '@jobpass/core'
import type { PolicyProvider, Shape } from './shape.ts'
import { shapesOf } from './shape.ts'
import type { PolicyFormat } from './source.ts'
import { isPlainObject, readOptions } from '@jobpass/core/internal'
import { show } from './text.ts'
import { mostBytes } from './source.ts'

/** The options of `loadPolicy`. */
export interface PolicyOptions<P extends readonly ProviderLike[] = readonly ProviderLike[]> {
  /** Providers that rules may name. Keys and `fetch` are those of the verifier. */
  readonly providers: P
  /**
   * Requires every rule to be pinned by immutable ids, as a verifier with `strict` does. Default
   * `false`.
   */
  readonly strict?: boolean
}

/** The options of `parsePolicy`. */
export interface TextOptions<P extends readonly ProviderLike[] = readonly ProviderLike[]> extends PolicyOptions<P> {
  /** Language of the text; JSON must be strict JSON. Default `'yaml'`, which includes JSON. */
  readonly format?: PolicyFormat
  /**
   * Maximum size of the text in UTF-8 bytes: 1 to 1,048,576. Parsing time is proportional to it.
   * Default 65,536.
   */
  readonly maxBytes?: number
}

/** Validated options. */
export interface SettledOptions {
  /** Providers that rules may name. */
  readonly providers: readonly PolicyProvider[]
  /** What rules of each provider may contain, by provider id. */
  readonly shapes: ReadonlyMap<string, Shape>
  /** Whether every rule must be pinned by ids. */
  readonly strict: boolean
}

/** The names of the options of `loadPolicy`. */
export const policyOptions: Readonly<Record<keyof PolicyOptions, true>> = { providers: true, strict: true }

/** The names of the options of `parsePolicy`. */
export const textOptions: Readonly<Record<keyof TextOptions, true>> = { ...policyOptions, format: true, maxBytes: true }

/** Validates the options. Throws a `TypeError` that says what to write instead. */
export function readPolicyOptions<T extends PolicyOptions>(
  what: string,
  options: unknown,
  known: Readonly<Record<keyof T, true>>,
): SettledOptions {
  if (!isPlainObject(options)) throw new TypeError(`${what} takes options, such as { providers: [githubActions] }`)
  const { strict = false, providers } = readOptions<PolicyOptions>(what, options, known)
  if (typeof strict !== 'boolean') throw new TypeError(`strict must be true or false, not ${show(strict)}`)
  const shapes = shapesOf(providers as readonly PolicyProvider[])
  return { providers: [...(providers as readonly PolicyProvider[])], shapes, strict }
}

/** Validates `maxBytes`. Throws a `TypeError` that says the range. */
export function readMaxBytes(maxBytes: unknown = 65_536): number {
  if (typeof maxBytes === 'number' && Number.isInteger(maxBytes) && maxBytes >= 1 && maxBytes <= mostBytes)
    return maxBytes
  throw new TypeError(`maxBytes must be a whole number from 1 to ${mostBytes}, not ${show(maxBytes)}`)
}

/** Validates the format. Throws a `TypeError` that lists the formats. */
export function readFormat(format: unknown): PolicyFormat {
  if (format === 'yaml' || format === 'json') return format
  throw new TypeError(`format is 'yaml' or 'json', not ${show(format)}`)
}
