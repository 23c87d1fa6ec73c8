/**
 * What to assume after a refusal, so that the next check can be seen: a later clock, another
 * audience. A refusal without a row here ends the examination.
 */

import type { RefusalCode } from '@jobpass/core'
import type { Claims } from './local-issuer.ts'

/** What is examined: claims at a time, in milliseconds since 1970. */
export interface Trial {
  /** The claims. */
  readonly claims: Claims
  /** When they are checked. */
  readonly now: number
}

/** What depends on more than the token. */
interface MendOptions {
  /** The audience that a server wants. */
  readonly audience: string
}

/** A trial that gets further, and what it assumes. */
export interface Mended extends Trial {
  /** What it assumes, as the end of a sentence: `the token had not expired`. */
  readonly assumed: string
}

type Mend = (trial: Trial, options: MendOptions) => Mended | undefined

/** Seconds that a token lives where nothing says how long. */
const lifetime = 300

const inTime: Mend = ({ claims }) => {
  const { iat, nbf } = claims
  const begin = Math.max(seconds(iat) ?? 0, seconds(nbf) ?? 0)
  return { claims, now: (begin + 1) * 1000, assumed: 'the token were presented right after it was issued' }
}

const forAudience: Mend = ({ claims, now }, { audience }) => ({
  claims: { ...claims, aud: audience },
  now,
  assumed: `the token were for ${audience}`,
})

const wellFormed: Mend = (trial) => ({ ...trial, assumed: 'the token were well-formed and signed by its issuer' })

const mends: Readonly<Partial<Record<RefusalCode, Mend>>> = {
  request_malformed: wellFormed,
  token_malformed: wellFormed,
  header_unsupported: wellFormed,
  algorithm_unsupported: wellFormed,
  key_unknown: wellFormed,
  signature_invalid: wellFormed,
  issuer_unavailable: wellFormed,
  token_expired: inTime,
  token_not_yet_valid: inTime,
  token_too_old: inTime,
  audience_mismatch: forAudience,
  audience_multiple: forAudience,
  token_lifetime: ({ claims, now }) => ({
    claims: { ...claims, exp: (seconds(claims['iat']) ?? 0) + lifetime },
    now,
    assumed: 'the token lived for five minutes',
  }),
  scheme_mismatch: ({ claims, now }) => {
    const { cnf: _, ...bearer } = claims
    return { claims: bearer, now, assumed: 'the token came with its proof of possession' }
  },
}

/** What to assume after a refusal; `undefined` where nothing more can be seen. */
export function mend(code: RefusalCode, trial: Trial, options: MendOptions): Mended | undefined {
  return mends[code]?.(trial, options)
}

/** Claims with dates, where they have none: five minutes from now. */
export function withDates({ claims, now }: Trial): Claims {
  const iat = seconds(claims['iat']) ?? Math.floor(now / 1000)
  return { iat, exp: iat + lifetime, ...claims }
}

function seconds(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}
