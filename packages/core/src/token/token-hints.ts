/** Hints on tokens that were refused before their claims were accepted: for `onVerdict` only. */

import { isSharedAudience } from './shared-audiences.ts'
import { foldAscii } from '../util/format.ts'

/** The hints that several checks share. */
export const tokenHints = {
  rewritten:
    'The header that the socket received and the one that the middleware got differ: something between them rewrote it.',
  late: (seconds: number): string =>
    `The token expired ${Math.ceil(seconds)} s ago, or this clock is ahead of the issuer's.`,
  early: (seconds: number): string => `The token begins in ${Math.ceil(seconds)} s: this clock is behind the issuer's.`,
} as const

const noToken = 'The job had no token to send: check that it may ask for one, and that the step which asks succeeded.'

/**
 * What jobs send when they got no token, or extracted it wrongly from its JSON. The first match
 * wins.
 */
const credentials: readonly (readonly [form: RegExp, hint: string])[] = [
  [/^\s*$/, noToken],
  [/^(null|undefined|none|nil|false|true|error)$/i, noToken],
  [/^\*+$/, 'The job sent the mask of a secret in place of the secret.'],
  [/^["'].*["']$/s, 'The token is in quotes: take it out of its JSON as plain text, such as by jq -r.'],
  [/^\s*\{/, 'The job sent the whole JSON answer in place of the token in it.'],
  [/^[$%]/, 'The job sent the name of a variable in place of its value.'],
]

/** What is wrong with a credential that is not a token. */
export function hintOnCredential(credential: string): string | undefined {
  return credentials.find(([form]) => form.test(credential.slice(0, 100_000)))?.[1]
}

/** What is wrong with an audience that is not accepted. */
export function hintOnAudience(
  audiences: readonly string[],
  accepted: ReadonlySet<string>,
  isDefault: (audience: string) => boolean,
): string | undefined {
  if (audiences.length === 0) return 'The token has no audience: the job must ask for one of this API.'
  // So many audiences are no mistake, and each is compared with each accepted one.
  if (audiences.length > 4) return undefined
  const wanted = [...accepted]
  if (wanted.some((each) => differsBySlash(each, audiences)))
    return 'The audience differs from an accepted one by a slash at the end only.'
  if (audiences.some(isSharedAudience))
    return 'The audience is one that services share, such as AWS: the job sent the token that it asked for to use there.'
  if (audiences.some(isDefault)) return 'The audience is one the platform gives by default: the job asked for none.'
  const folded = new Set(wanted.map(foldAscii))
  return audiences.some((each) => folded.has(foldAscii(each)))
    ? 'The audience differs from an accepted one in letter case only.'
    : undefined
}

/** What is wrong with a signature: Google Cloud Run replaces it by this text. */
export function hintOnSignature(token: string): string | undefined {
  if (token.endsWith('.')) return 'The token has no signature.'
  return token.endsWith('.SIGNATURE_REMOVED_BY_GOOGLE')
    ? 'Google Cloud removed the signature on the way: send the token in another header, and name that one in the option header.'
    : undefined
}

/** Whether one of the values differs from the wanted text by one slash at the end only. */
export function differsBySlash(wanted: string, values: readonly unknown[]): boolean {
  return values.some((value) => `${text(value)}/` === wanted || `${wanted}/` === value)
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
