/** Attacks on the header: the algorithm, the named key, and members that must be refused. */

import { createHmac } from 'node:crypto'
import { base64url } from '@jobpass/testing/internal'
import type { Signer } from '../world.ts'
import { claimsOf, ec, ecWide, ed, forgers, mint, partsOf, pss, rsa, signWith } from '../world.ts'
import type { Attack } from './attack.ts'
import { attacks } from './attack.ts'

const [, body, tail] = partsOf(mint(rsa))

/** A token whose signature really has the algorithm of its header. */
function bent(by: Signer, algorithm: string, header: object = {}): string {
  const input = `${base64url({ alg: algorithm, kid: by.kid, ...header })}.${base64url(claimsOf(by))}`
  return `${input}.${signWith(by, algorithm, input).toString('base64url')}`
}

const unsigned = (alg: unknown, signature = ''): string => `${base64url({ alg, kid: 'rsa' })}.${body}.${signature}`

const nothings = ['none', 'None', 'NONE', 'nOnE', 'none ', ' none', 'none\u0000', 'ｎｏｎｅ', 'null', '', 'plain']
const symmetric = ['HS256', 'HS384', 'HS512', 'hs256', 'HS1']

/** Every text and byte form of the public key that may be stored on a server. */
const secrets: Readonly<Record<string, string | Buffer>> = {
  'its PEM': rsa.publicKey.export({ type: 'spki', format: 'pem' }),
  'its PEM without the last line break': rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString().trim(),
  'its PEM with Windows line breaks': rsa.publicKey
    .export({ type: 'spki', format: 'pem' })
    .toString()
    .replaceAll('\n', '\r\n'),
  'its PEM of PKCS#1': rsa.publicKey.export({ type: 'pkcs1', format: 'pem' }),
  'its DER': rsa.publicKey.export({ type: 'spki', format: 'der' }),
  'its DER of PKCS#1': rsa.publicKey.export({ type: 'pkcs1', format: 'der' }),
  'its DER as base64': rsa.publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
  'its JWK as published': JSON.stringify(rsa.jwk),
  'its JWK without the rest': JSON.stringify({ kty: 'RSA', n: rsa.jwk['n'], e: rsa.jwk['e'] }),
  'its key set': JSON.stringify({ keys: [rsa.jwk] }),
  'its modulus': Buffer.from(String(rsa.jwk['n']), 'base64url'),
  'its modulus as text': String(rsa.jwk['n']),
  'its name': 'rsa',
  nothing: '',
  'the text undefined': 'undefined',
  'an object': '[object Object]',
}

function hmac(alg: string, bits: string, secret: string | Buffer): string {
  const input = `${base64url({ typ: 'JWT', alg, kid: 'rsa' })}.${body}`
  return `${input}.${createHmac(`sha${bits}`, secret).update(input).digest('base64url')}`
}

const byName = <T>(
  entries: readonly T[],
  name: (entry: T) => string,
  make: (entry: T) => string,
): Record<string, string> => Object.fromEntries(entries.map((entry) => [name(entry), make(entry)]))

const algorithmAttacks: readonly Attack[] = [
  ...attacks('algorithm_unsupported', {
    ...byName(nothings, (alg) => `attack A4: alg ${JSON.stringify(alg)}`, unsigned),
    ...byName(
      nothings,
      (alg) => `attack A4: alg ${JSON.stringify(alg)} with a signature`,
      (alg) => unsigned(alg, tail),
    ),
    ...byName(
      symmetric,
      (alg) => `alg ${alg} with the good signature`,
      (alg) => unsigned(alg, tail),
    ),
    ...byName(
      Object.entries(secrets).flatMap(([what, secret]) =>
        ['256', '384', '512'].map((bits) => ({ what, secret, bits })),
      ),
      ({ what, bits }) => `lesson C1: HS${bits} by ${what}`,
      ({ secret, bits }) => hmac(`HS${bits}`, bits, secret),
    ),
    ...byName(
      ['RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
      (alg) => `lesson C2: a true ${alg} signature by the RSA key`,
      (alg) => bent(rsa, alg),
    ),
    ...byName(
      ['ES256', 'EdDSA', 'RSA-OAEP', 'RS1', 'RS256 ', 'rs256', 'RS-256', 'ECDH-ES', 'A128KW'],
      (alg) => `alg ${alg}`,
      (alg) => unsigned(alg, tail),
    ),
    'a true RS256 signature where only PS256 is used': bent(pss, 'RS256'),
    'a true Ed25519 signature where it is called EdDSA': bent(ed, 'Ed25519'),
  }),
  ...attacks('signature_invalid', {
    ...byName(
      Object.entries(secrets),
      ([what]) => `lesson C1: an HMAC by ${what} that says RS256`,
      ([, secret]) => hmac('RS256', '256', secret),
    ),
    'an RS256 signature that says PS256': bent(pss, 'RS256', { alg: 'PS256' }),
    'a PS384 signature that says PS256': bent(pss, 'PS384', { alg: 'PS256' }),
    'an ES384 digest that says ES256': bent(ec, 'ES384', { alg: 'ES256' }),
  }),
  ...attacks('key_unknown', {
    'lesson C2: ES256 by a key on another curve': bent(ecWide, 'ES256'),
    'lesson C2: ES512 by a key on another curve': bent(ec, 'ES512'),
    'lesson C2: EdDSA by a key for ECDSA': bent(ec, 'ES256', { alg: 'EdDSA' }),
    'lesson C2: ES256 by a key for PS256': bent(pss, 'RS256', { alg: 'ES256' }),
  }),
  ...attacks(
    'token_malformed',
    byName<unknown>(
      [null, 7, true, ['RS256'], { toString: 'RS256' }, { RS256: 1 }],
      (alg) => `lesson B7: alg ${JSON.stringify(alg)}`,
      (alg) => mint(rsa, { alg }),
    ),
  ),
]

const keyIdAttacks: readonly Attack[] = [
  ...attacks('key_unknown', {
    ...byName(
      [
        'RSA',
        'rsa ',
        ' rsa',
        'rsa\u0000',
        'гsa',
        '',
        '0',
        '*',
        '../../../etc/passwd',
        "' OR 1=1 --",
        '${7*7}',
        '%s%n',
      ].concat(
        '__proto__',
        'constructor',
        'toString',
        'hasOwnProperty',
        'https://evil.example/jwks',
        ec.kid,
        'k'.repeat(256),
      ),
      (kid) => `lesson B8: kid ${JSON.stringify(kid).slice(0, 40)}`,
      (kid) => mint(rsa, { kid }),
    ),
    'lesson C6: no kid where several fit': mint(rsa, { kid: undefined }),
    "another issuer's key": mint(rsa, { alg: 'PS256', kid: rsa.kid }, claimsOf(pss)),
  }),
  ...attacks('signature_invalid', {
    'another key of the same issuer': mint(rsa, { kid: 'rsa-cubic' }),
    "a forger's key under the name of a good one": mint(forgers.rsa, {}, claimsOf(rsa)),
    "a forger's curve key": mint(forgers.ec, {}, claimsOf(ec)),
    "a forger's Edwards key": mint(forgers.ed, {}, claimsOf(ed)),
  }),
  ...attacks(
    'header_unsupported',
    byName<unknown>(
      [null, 7, 0, true, ['rsa'], { rsa: 1 }, 'k'.repeat(257)],
      (kid) => `lesson B8: kid ${JSON.stringify(kid).slice(0, 40)}`,
      (kid) => mint(rsa, { kid }),
    ),
  ),
]

const forger = forgers.rsa
const smuggled = {
  jwk: forger.jwk,
  jku: 'https://evil.example/jwks',
  x5u: 'https://evil.example/x',
  x5c: ['MIIB'],
  'x5t#S256': 'x',
}

const memberAttacks: readonly Attack[] = [
  ...attacks('header_unsupported', {
    ...byName<object>(
      [
        { crit: ['exp'], exp: 1 },
        { crit: [] },
        { crit: null },
        { crit: 'b64' },
        { crit: ['b64'], b64: true },
        { crit: ['alg'] },
        { crit: ['crit'] },
        { b64: true },
        { b64: false },
        { b64: null },
        { zip: 'DEF' },
        { zip: null },
      ],
      (members) => `lesson B5: ${JSON.stringify(members)}`,
      (members) => mint(rsa, members),
    ),
    ...byName<unknown>(
      ['JWT', 'jwt', 'application/JWT'],
      (cty) => `S21: cty ${JSON.stringify(cty)}`,
      (cty) => mint(rsa, { cty }),
    ),
    ...byName<unknown>(
      [
        'at+jwt',
        'dpop+jwt',
        'logout+jwt',
        'secevent+jwt',
        'JWE',
        'JOSE',
        'JWT;x',
        'JWT ',
        'jwt\u0000',
        'application/',
        '',
      ].concat([null, 7, ['JWT'], { JWT: 1 }, 'application/application/JWT', 'text/JWT', 'ſWT'] as never[]),
      (typ) => `lesson B6: typ ${JSON.stringify(typ)}`,
      (typ) => mint(rsa, { typ }),
    ),
    'lesson B5: an unencoded payload': `${base64url({ alg: 'RS256', kid: 'rsa', b64: false, crit: ['b64'] })}.${body}.${tail}`,
  }),
  ...attacks('signature_invalid', {
    'attack A4: the key, its address and its certificate in the header': mint(forger, smuggled, claimsOf(rsa)),
    'attack A4: the key itself as kid': mint(forger, { ...smuggled, kid: rsa.kid }, claimsOf(rsa)),
  }),
  ...attacks('key_unknown', {
    'attack A4: the key in the header and no kid': mint(forger, { ...smuggled, kid: undefined }, claimsOf(rsa)),
  }),
]

export const headerAttacks: readonly Attack[] = [...algorithmAttacks, ...keyIdAttacks, ...memberAttacks]

/** Headers that are valid. */
export const goodHeaders: Readonly<Record<string, string>> = {
  'no typ': mint(rsa, { typ: undefined }),
  'typ in small letters': mint(rsa, { typ: 'jwt' }),
  'typ as a media type': mint(rsa, { typ: 'Application/JWT' }),
  'another key in the header, which is ignored': mint(rsa, smuggled),
  'members named like those of objects': mint(
    rsa,
    '{"alg":"RS256","kid":"rsa","__proto__":{"alg":"none"},"toString":1}',
  ),
  'no kid where one fits': mint(ec, { kid: undefined }),
  'cty of another kind': mint(rsa, { cty: 'json', enc: 'A128GCM', 'custom-member': [1] }),
}
