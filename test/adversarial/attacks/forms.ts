/**
 * Tokens that are signed by the right key, or cut from such a token, but not encoded as the RFCs
 * require.
 */

import { base64url } from '@jobpass/testing/internal'
import { acmePush, claimsOf, ec, mint, partsOf, rsa } from '../world.ts'
import type { Attack } from './attack.ts'
import { attacks } from './attack.ts'

const good = mint(rsa)
const [head, body, tail] = partsOf(good)
const [otherHead, , otherTail] = partsOf(mint(ec))
const claims = JSON.stringify(claimsOf(rsa))
const header = JSON.stringify({ typ: 'JWT', alg: rsa.algorithm, kid: rsa.kid })
const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`
const withMember = (member: string): string => claims.replace('{', `{${member},`)

/**
 * The next character of the alphabet: other trailing bits for the same bytes, if there are unused
 * bits.
 */
function otherBits(part: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return part.slice(0, -1) + alphabet.charAt(alphabet.indexOf(part.slice(-1)) ^ 1)
}

/** A part with unused bits, so that they can be set. */
const uneven = (text: string): string => (base64url(text).length % 4 === 0 ? `${text} ` : text)

/** Base64url in other spellings. */
const spellings: Readonly<Record<string, string>> = {
  'padding behind the header': `${head}=.${body}.${tail}`,
  'padding behind the payload': `${head}.${body}==.${tail}`,
  'padding behind the signature': `${good}==`,
  'the other alphabet': mint(rsa, {}, withMember('"a":"~~~???>>>"')).replace(/[-_]/, (each) =>
    each === '-' ? '+' : '/',
  ),
  'trailing bits in the header': ((token) => token.replace(/^[^.]+/, otherBits))(mint(rsa, uneven(header))),
  'trailing bits in the payload': ((token) => token.replace(/(?<=\.)[^.]+(?=\.)/, otherBits))(
    mint(rsa, {}, uneven(claims)),
  ),
  'trailing bits in the signature': `${head}.${body}.${otherBits(tail)}`,
  'a percent escape': good.replace('.', '%2E'),
  'a fullwidth dot': good.replace('.', '．'),
  'a space in the payload': `${head}.${body.slice(0, 40)} ${body.slice(40)}.${tail}`,
  'a line break in the payload': `${head}.${body.slice(0, 64)}\r\n${body.slice(64)}.${tail}`,
  'a line break behind': `${good}\n`,
  'a tab before': `\t${good}`,
  'a zero byte behind': `${good}\u0000`,
  'a byte order mark before': `\uFEFF${good}`,
  'a letter that looks like one': good.replace('e', 'е'),
  'quotes around': `"${good}"`,
  'the scheme twice': `Bearer ${good}`,
  'two tokens': `${good}, Bearer ${good}`,
  'two tokens, without scheme': `${good},${good}`,
}

/** Too few parts, too many, or parts of two tokens. */
const cuts: Readonly<Record<string, string>> = {
  'no payload': `${head}..${tail}`,
  'no header': `.${body}.${tail}`,
  'two parts': `${head}.${body}`,
  'four parts': `${good}.`,
  'a part before': `.${good}`,
  'five parts, as if encrypted': `${good}.${body}.${tail}`,
  'nothing but dots': '..',
  'a JSON serialization': base64url(
    JSON.stringify({ payload: body, signatures: [{ protected: head, signature: tail }] }),
  ),
  'one character of a byte': `${head}A.${body}.${tail}`,
  'longer than the limit': mint(rsa, {}, withMember(`"pad":"${'x'.repeat(16_384)}"`)),
  'longer than the limit by its signature': `${head}.${body}.${'A'.repeat(16_384)}`,
}

/** Invalid or meaningless JSON, signed, so that a lenient parser would accept it. */
const documents: Readonly<Record<string, unknown>> = {
  'a byte order mark': `\uFEFF${claims}`,
  'a comma too many': claims.replace(/\}$/, ',}'),
  'a comment': claims.replace('{', '{/* */'),
  'single quotes': claims.replaceAll('"', "'"),
  'a bare member name': withMember('a:1'),
  'two documents': claims + claims,
  'text behind': `${claims}x`,
  'a zero byte behind': `${claims}\u0000`,
  'a list': `[${claims}]`,
  'a text': JSON.stringify(claims),
  null: 'null',
  'a number': '7',
  nothing: ' ',
  'not a number': withMember('"a":NaN'),
  'a leading zero': withMember('"a":01'),
  'a plus sign': withMember('"a":+1'),
  'no digit before the point': withMember('"a":.5'),
  'no digit behind the point': withMember('"a":1.'),
  hexadecimal: withMember('"a":0x10'),
  'an unknown escape': withMember('"a":"\\x41"'),
  'a short escape': withMember('"a":"\\u41"'),
  'a raw line break in a text': withMember('"a":"\n"'),
  'a no-break space between members': withMember('\u00a0"a":1'),
  'a vertical tab between members': withMember('\u000b"a":1'),
  'UTF-16': Buffer.from(claims, 'utf16le'),
  'a lone continuation byte': Buffer.concat([
    Buffer.from(`${claims.slice(0, -1)},"a":"`),
    Buffer.from([0x80, 0x22, 0x7d]),
  ]),
  'an overlong slash': Buffer.concat([
    Buffer.from(`${claims.slice(0, -1)},"a":"`),
    Buffer.from([0xc0, 0xaf, 0x22, 0x7d]),
  ]),
  'a surrogate in UTF-8': Buffer.concat([
    Buffer.from(`${claims.slice(0, -1)},"a":"`),
    Buffer.from([0xed, 0xa0, 0x80, 0x22, 0x7d]),
  ]),
  'lists seventeen deep': withMember(`"a":${nested(16)}`),
  'objects seventeen deep': withMember(`"a":${'{"a":'.repeat(16)}1${'}'.repeat(16)}`),
  'lists five thousand deep': withMember(`"a":${nested(5000)}`),
  'a doubled member, the last of another type': claims.replace(/\}$/, ',"exp":"never"}'),
}

/** Headers of the same kind. */
const headers: Readonly<Record<string, unknown>> = {
  'a byte order mark': `\uFEFF${header}`,
  'a comma too many': header.replace(/\}$/, ',}'),
  'a list': `[${header}]`,
  null: 'null',
  'seventeen deep': header.replace('{', `{"a":${nested(16)},`),
  'the member in capitals': header.replace('"alg"', '"ALG"'),
  'no alg': '{"typ":"JWT","kid":"rsa"}',
  'UTF-16': Buffer.from(header, 'utf16le'),
}

const mapped = (
  prefix: string,
  documents: Readonly<Record<string, unknown>>,
  make: (value: unknown) => string,
): Record<string, string> =>
  Object.fromEntries(Object.entries(documents).map(([name, value]) => [`${prefix}: ${name}`, make(value)]))

export const formAttacks: readonly Attack[] = [
  ...attacks(['request_malformed', 'token_malformed'], spellings),
  ...attacks('token_malformed', cuts),
  ...attacks(
    'token_malformed',
    mapped('payload', documents, (text) => mint(rsa, {}, text)),
  ),
  ...attacks(
    'token_malformed',
    mapped('header', headers, (text) => mint(rsa, text)),
  ),
  ...attacks('signature_invalid', {
    'another payload': `${otherHead}.${base64url({ ...acmePush, ref: 'x' })}.${otherTail}`,
    "another token's signature": `${head}.${body}.${otherTail}`,
    'the header spelled otherwise': `${base64url(`${header} `)}.${body}.${tail}`,
    'the payload spelled otherwise': `${head}.${base64url(claims.replace('"acme"', '"\\u0061cme"'))}.${tail}`,
    'the payload with a doubled member': `${head}.${base64url(claims.replace(/\}$/, ',"sha":"x"}'))}.${tail}`,
  }),
  ...attacks('algorithm_unsupported', {
    "another token's header": `${otherHead}.${body}.${tail}`,
    'a doubled alg, the last one none': mint(rsa, header.replace(/\}$/, ',"alg":"none"}')),
  }),
  ...attacks('token_expired', {
    'a doubled exp, the last one past': mint(rsa, {}, claims.replace(/\}$/, ',"exp":1}')),
  }),
  ...attacks('issuer_untrusted', {
    'a doubled iss, the last one foreign': mint(rsa, {}, claims.replace(/\}$/, ',"iss":"https://evil.example"}')),
  }),
]

/** Variations that the RFCs allow: these are valid, and mean what a second parser reads. */
export const goodForms: Readonly<Record<string, string>> = {
  'white space': mint(rsa, ` ${header}\n`, `\t${claims}\r\n`),
  'an escaped member name': mint(rsa, header.replace('alg', '\\u0061lg'), claims.replace('"iss"', '"\\u0069ss"')),
  'escaped slashes': mint(rsa, {}, claims.replaceAll('/', '\\/')),
  'a date with an exponent': mint(rsa, {}, claims.replace(/"exp":\d+/, '"exp":1.7951664e9')),
  'a date with a fraction': mint(rsa, {}, claims.replace(/"exp":(\d+)/, '"exp":$1.5')),
  'minus zero': mint(rsa, {}, claims.replace(/"nbf":\d+/, '"nbf":-0')),
  'a number beyond all': mint(rsa, {}, withMember('"a":1e400')),
  'a lone surrogate, escaped': mint(rsa, {}, withMember('"a":"\\ud800"')),
  'a line separator': mint(rsa, {}, withMember('"a":"\u2028"')),
  'lists sixteen deep with the object': mint(rsa, {}, withMember(`"a":${nested(15)}`)),
  'a doubled member, the last one good': mint(rsa, '{"alg":"none","alg":"RS256","kid":"rsa"}', withMember('"exp":1')),
  'members named like those of objects': mint(rsa, {}, withMember('"__proto__":{"exp":1},"constructor":1')),
  'a member without a name': mint(rsa, {}, withMember('"":1')),
}
