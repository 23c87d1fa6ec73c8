/** The text of a trust policy of octo-sts. */

import { formatValue, isPlainObject } from '@jobpass/core/internal'
import { parseDocument } from 'yaml'

/** The members of a policy that say who may call. */
export interface OctoStsPolicy {
  /** The issuer. */
  readonly issuer?: string
  /** A regular expression for the issuer. */
  readonly issuer_pattern?: string
  /** The subject. */
  readonly subject?: string
  /** A regular expression for the subject. */
  readonly subject_pattern?: string
  /** The audience. */
  readonly audience?: string
  /** A regular expression for the audience. */
  readonly audience_pattern?: string
  /** Regular expressions for claims. */
  readonly claim_pattern?: Readonly<Record<string, string>>
}

const texts = ['issuer', 'issuer_pattern', 'subject', 'subject_pattern', 'audience', 'audience_pattern'] as const
const others = ['claim_pattern', 'permissions', 'repositories', 'app', 'app_pattern']

/**
 * Parses a policy; a text says why octo-sts refuses it, such as for an unknown key.
 *
 * @throws {TypeError} for a text that is not a YAML mapping.
 */
export function parseOctoSts(text: string): OctoStsPolicy | string {
  // Its parser reads YAML 1.1, where `yes` is a boolean.
  const value = valueOf(parseDocument(text, { version: '1.1', logLevel: 'silent' }))
  if (!isPlainObject(value)) throw new TypeError('A trust policy of octo-sts is a mapping')
  const unknown = Object.keys(value).find((key) => ![...texts, ...others].includes(key))
  if (unknown !== undefined) return `octo-sts does not know the key ${formatValue(unknown)}, and refuses the policy.`
  const patterns = value['claim_pattern'] ?? {}
  if (!isPlainObject(patterns)) return 'claim_pattern is no mapping.'
  const wrong = [...texts.map((key) => [key, value[key]] as const), ...Object.entries(patterns)].find(
    ([, each]) => each !== undefined && typeof each !== 'string',
  )
  if (wrong !== undefined) return `The value of ${formatValue(wrong[0])} is no text: quote it.`
  const given = texts.flatMap((key) => (value[key] === undefined || value[key] === '' ? [] : [[key, value[key]]]))
  return { ...(Object.fromEntries(given) as OctoStsPolicy), claim_pattern: patterns as Record<string, string> }
}

function valueOf(document: ReturnType<typeof parseDocument>): unknown {
  const wrong = 'A trust policy of octo-sts is YAML, and this text is not'
  if (document.errors.length > 0) throw new TypeError(wrong)
  try {
    return document.toJS()
  } catch (error) {
    // An alias may have no anchor, or too many copies.
    throw new TypeError(wrong, { cause: error })
  }
}
