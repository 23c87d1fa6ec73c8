/** The options of documents, checked once. */

import type { ProviderLike } from '@jobpass/core'
import type { PolicyProvider, Shape } from './shape.ts'
import { shapesOf } from './shape.ts'
import type { PolicyFormat } from './source.ts'
import { isPlainObject } from '@jobpass/core/internal'
import { didYouMean, show } from './text.ts'
import { mostBytes } from './source.ts'

/** How a document is read. */
export interface PolicyOptions<P extends readonly ProviderLike[] = readonly ProviderLike[]> {
  /** The providers that rules may name; keys and `fetch` stay those of the verifier. */
  readonly providers: P
  /** Demands that every rule is pinned by immutable ids, as a verifier with `strict` does. Default `false`. */
  readonly strict?: boolean
}

/** How a text is read. */
export interface TextOptions<P extends readonly ProviderLike[] = readonly ProviderLike[]> extends PolicyOptions<P> {
  /** The language of the text; JSON is strict. Default `'yaml'`, which JSON is too. */
  readonly format?: PolicyFormat
  /** The most bytes of the text in UTF-8, 1 to 1 048 576. Parsing takes time in proportion. Default 65 536. */
  readonly maxBytes?: number
}

/** Options, checked once. */
export interface SettledOptions {
  readonly providers: readonly PolicyProvider[]
  readonly shapes: ReadonlyMap<string, Shape>
  readonly strict: boolean
}

/** Checks the options. Throws a `TypeError` that says what to write instead. */
export function readOptions(what: string, options: unknown, more: readonly string[]): SettledOptions {
  if (!isPlainObject(options)) throw new TypeError(`${what} takes options, such as { providers: [githubActions] }`)
  const known = ['providers', 'strict', ...more]
  const unknown = Reflect.ownKeys(options).find((key) => !known.includes(key as string))
  if (unknown !== undefined) {
    const near = didYouMean(String(unknown), known) || '.'
    throw new TypeError(`${what} has no option '${String(unknown)}'${near} Known: ${known.join(', ')}`)
  }
  const given = Object.fromEntries(known.filter((key) => Object.hasOwn(options, key)).map((key) => [key, options[key]]))
  const empty = Object.keys(given).find((key) => given[key] === undefined || given[key] === null)
  if (empty !== undefined)
    throw new TypeError(`${what}: '${empty}' is ${String(given[empty])}: leave it out, or give it a value`)
  const { strict = false, providers } = given
  if (typeof strict !== 'boolean') throw new TypeError(`strict must be true or false, not ${show(strict)}`)
  const shapes = shapesOf(providers as readonly PolicyProvider[])
  return { providers: [...(providers as readonly PolicyProvider[])], shapes, strict }
}

/** Checks the limit of a text. Throws a `TypeError` that says what it may be. */
export function readMaxBytes(maxBytes: unknown = 65_536): number {
  if (typeof maxBytes === 'number' && Number.isInteger(maxBytes) && maxBytes >= 1 && maxBytes <= mostBytes)
    return maxBytes
  throw new TypeError(`maxBytes must be a whole number from 1 to ${mostBytes}, not ${show(maxBytes)}`)
}

/** Checks the format. Throws a `TypeError` that says which there are. */
export function readFormat(format: unknown): PolicyFormat {
  if (format === 'yaml' || format === 'json') return format
  throw new TypeError(`format is 'yaml' or 'json', not ${show(format)}`)
}
