/**
 * Tokens for property tests: valid ones changed anywhere, signed again or not, and text that never
 * was a token.
 */

import * as fc from 'fast-check'
import { base64url } from '@jobpass/testing/internal'
import { claimAttacks } from './attacks/claims.ts'
import { formAttacks, goodForms } from './attacks/forms.ts'
import { goodHeaders, headerAttacks } from './attacks/headers.ts'
import { signatureAttacks } from './attacks/signatures.ts'
import type { Signer } from './world.ts'
import { claimsOf, ec, ed, flipBit, forgers, goodTokens, mint, rsa } from './world.ts'

const everyAttack = [...formAttacks, ...headerAttacks, ...signatureAttacks, ...claimAttacks].map(({ token }) => token)

/** A handwritten token, good or bad. */
const made: fc.Arbitrary<string> = fc.constantFrom(
  ...goodTokens,
  ...everyAttack,
  ...Object.values(goodForms),
  ...Object.values(goodHeaders),
)

const characters = fc.constantFrom(...Array.from('ABab01-_=.+/ ~,"\t'))

/** One character replaced, removed or inserted, anywhere. */
const edited: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom(...goodTokens), fc.nat(), fc.nat(1), characters)
  .map(([token, position, taken, put]) => {
    const at = position % (token.length + 1)
    return token.slice(0, at) + put + token.slice(at + taken)
  })

/** One bit of a part's bytes flipped, and encoded again. */
const flipped: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom(...goodTokens), fc.nat(2), fc.nat())
  .map(([token, index, position]) => {
    const parts = token.split('.')
    const part = parts[index] ?? ''
    parts[index] = flipBit(part, position % (Buffer.from(part, 'base64url').length * 8))
    return parts.join('.')
  })

/** Parts of several tokens, joined. */
const mixed: fc.Arbitrary<string> = fc
  .array(fc.tuple(made, fc.nat(2)), { minLength: 3, maxLength: 4 })
  .map((taken) => taken.map(([token, index]) => token.split('.')[index] ?? '').join('.'))

const swapped: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom(...goodTokens), fc.constantFrom(...goodTokens), fc.nat(2))
  .map(([token, other, index]) => {
    const parts = token.split('.')
    parts[index] = other.split('.')[index] ?? ''
    return parts.join('.')
  })

const odd = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(
    undefined,
    null,
    '',
    [],
    {},
    -0,
    1e21,
    1e308,
    'none',
    'RS256',
    'ES256',
    'HS256',
    'EdDSA',
    'PS256',
  ),
)
const members = (...names: readonly string[]): fc.Arbitrary<Record<string, unknown>> =>
  fc.dictionary(
    fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: fc.string() }),
    odd,
    {
      maxKeys: 2,
      noNullPrototype: true,
    },
  )

const headerMembers = members('alg', 'kid', 'typ', 'crit', 'b64', 'zip', 'jwk', 'jku', 'x5c', 'cty', '__proto__')
const claimMembers = members(
  'iss',
  'aud',
  'sub',
  'exp',
  'iat',
  'nbf',
  'jti',
  'ref',
  'team_id',
  'repository_owner_id',
  '__proto__',
)

/** Signed by a key of the issuer or a forger, with some members of header or claims replaced. */
const signed: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom<Signer>(ec, ed, ec, ed, rsa, ...Object.values(forgers)),
    headerMembers,
    claimMembers,
    fc.nat(3),
  )
  .map(([by, header, claims, which]) =>
    mint(by, which === 1 ? {} : header, { ...claimsOf(by), ...(which === 2 ? {} : claims) }),
  )

const space = fc.constantFrom('', ' ', '\n', '\t ', '\r\n', '\u00a0', '\uFEFF', '/**/')
const escaped = (text: string): string =>
  text.replace(/[a-z]/g, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`)

/**
 * Signed by a key of the issuer, but spelled differently: white space, escapes, duplicate members,
 * numbers.
 */
const respelled: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom<Signer>(ec, ed), space, space, fc.nat(4), fc.constantFrom('exp', 'aud', 'iss', 'sub'), odd)
  .map(([by, before, behind, how, name, value]) => {
    const text = JSON.stringify(claimsOf(by))
    const member = `"${name}":${JSON.stringify(value) ?? '1e9'}`
    const changed = [
      text,
      text.replace(`"${name}"`, `"${escaped(name)}"`),
      text.replace('{', `{${member},`),
      text.replace(/\}$/, `,${member}}`),
      text.replace(/"(exp|iat)":(\d)(\d+)/g, '"$1":$2.$3e9'),
    ][how]
    return mint(by, {}, `${before}${changed}${behind}`)
  })

const text = fc.oneof(
  fc.string({ maxLength: 80 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.base64String({ maxLength: 200 }),
  fc.json({ maxDepth: 4 }).map(base64url),
  fc.constantFrom('A'.repeat(16_385), '.'.repeat(300), 'a.b.c', '..', `${'A'.repeat(16_380)}.A.A`),
)

const random: fc.Arbitrary<string> = fc.oneof(
  text,
  fc.array(text, { minLength: 3, maxLength: 3 }).map((parts) => parts.join('.')),
)

/** Any text in place of a token. */
export const anyToken: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: made },
  { weight: 2, arbitrary: edited },
  { weight: 2, arbitrary: flipped },
  { weight: 1, arbitrary: mixed },
  { weight: 2, arbitrary: swapped },
  { weight: 4, arbitrary: signed },
  { weight: 3, arbitrary: respelled },
  { weight: 2, arbitrary: random },
)

const scheme = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('Bearer ', 'bearer ', 'BEARER  ', 'bEaReR    ') },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '',
      ' ',
      'Bearer',
      'Bearer\t',
      'Bearer,',
      'Bearer:',
      'Basic ',
      'DPoP ',
      ', Bearer ',
      '\tBearer ',
    ),
  },
)
const ending = fc.oneof(
  { weight: 8, arbitrary: fc.constant('') },
  {
    weight: 2,
    arbitrary: fc.constantFrom(' ', '\t', ',', ', ', ', Basic x', ', bearer x', '==', ' x', '; realm="x"', '%00'),
  },
)

/**
 * Values of an authorization header that a socket can carry: no line breaks, no characters beyond
 * one byte.
 */
export const anyCredential: fc.Arbitrary<readonly string[]> = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.tuple(scheme, anyToken, ending).map((parts) => [asHeader(parts.join(''))]),
  },
  {
    weight: 1,
    arbitrary: fc.array(
      fc.tuple(scheme, anyToken).map((parts) => asHeader(parts.join(''))),
      { maxLength: 3 },
    ),
  },
)

function asHeader(value: string): string {
  return value.replace(/[^\t\x20-\x7e\x80-\xff]/g, '~').slice(0, 20_000)
}
