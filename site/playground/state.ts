/** The state of the page in the fragment of its URL, which browsers do not send to the server. */

import { isPlainObject } from '@jobpass/core/internal'
import type { Claims } from './read-token.ts'
import { decodeText, encodeText } from './read-token.ts'

const languages = ['typescript', 'yaml', 'json'] as const

/** The language of a rule. */
export type Language = (typeof languages)[number]

/** What a link to the page restores. */
export interface State {
  /** The claims; `undefined` where the text in the page has none. */
  readonly claims: Claims | undefined
  /** The id of the platform, for an issuer that fits no table. */
  readonly provider: string
  /** The language of the rule. */
  readonly language: Language
  /** The text of the rule. */
  readonly rule: string
  /** The set of rules that applies, in a document with several. */
  readonly set: string
  /** The name of the API. */
  readonly audience: string
  /** When the token is checked: seconds after it was issued, or `'now'`. */
  readonly checkedAt: number | 'now'
}

const maxLength = 131_072

/**
 * Encodes a state. A token in any text, such as one that was pasted into the wrong field, is left
 * out.
 */
export function writeState(state: State): string {
  return `#${encodeText(JSON.stringify(state).replaceAll(/[\w-]{16,}\.[\w-]{16,}\.[\w-]{16,}/g, '(a token was removed)'))}`
}

/** Reads a fragment; `undefined` for one that is no state. Members of wrong types are left out. */
export function readState(fragment: string): Partial<State> | undefined {
  const encoded = fragment.replace(/^#/, '')
  if (encoded.length > maxLength || !/^[\w-]+$/.test(encoded)) return undefined
  const value = parse(decodeText(encoded))
  if (!isPlainObject(value)) return undefined
  const { claims, provider, language, rule, set, audience, checkedAt } = value
  return {
    ...(isPlainObject(claims) && { claims }),
    ...(typeof provider === 'string' && { provider }),
    ...(isLanguage(language) && { language }),
    ...(typeof rule === 'string' && { rule }),
    ...(typeof set === 'string' && { set }),
    ...(typeof audience === 'string' && { audience }),
    ...((checkedAt === 'now' || Number.isFinite(checkedAt)) && { checkedAt: checkedAt as State['checkedAt'] }),
  }
}

function parse(json: string | undefined): unknown {
  try {
    return json === undefined ? undefined : JSON.parse(json)
  } catch {
    return undefined
  }
}

function isLanguage(value: unknown): value is Language {
  return languages.some((each) => each === value)
}
