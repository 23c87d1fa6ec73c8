/** Possible responses of an issuer's key endpoint, and verifiers that use them. */

import type { JSONWebKey, Verifier } from '@jobpass/core'
import { createVerifier } from '@jobpass/core'
import * as fc from 'fast-check'
import type { ReferenceWorld } from './reference.ts'
import { acmeIssuer, ec, ecWide, ed, githubIssuer, pss, referenceWorld, rsa, rsaCubic, trusting } from './world.ts'

/** A `fetch` whose documents name the requested issuer, and whose key sets are all the same. */
export function answering(keySet: () => Response, discovery?: (issuer: string) => unknown): typeof fetch {
  return async (input) => {
    const url = input instanceof Request ? input.url : String(input)
    const issuer = url.replace('/.well-known/openid-configuration', '')
    if (issuer === url) return keySet()
    return Response.json(discovery === undefined ? { issuer, jwks_uri: `${issuer}/jwks` } : discovery(issuer))
  }
}

/** A verifier without keys, which then fetches these. */
export function verifierOf(keys: readonly unknown[]): Verifier {
  return createVerifier({ ...trusting, fetch: answering(() => Response.json({ keys })) })
}

/** The same for the reference check. */
export function referenceOf(keys: readonly unknown[]): ReferenceWorld {
  const { issuers, ...rest } = referenceWorld
  const replaced = Object.entries(issuers).map(([name, issuer]) => [name, { ...issuer, keys }] as const)
  return { ...rest, issuers: Object.fromEntries(replaced) }
}

export const issuers: readonly string[] = [githubIssuer, acmeIssuer]

const goodKeys: readonly JSONWebKey[] = [rsa, rsaCubic, ec, ecWide, ed, pss].map(({ jwk }) => jwk)

const odd = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.base64String({ maxLength: 400 }),
  fc.constantFrom<unknown>(
    null,
    '',
    'RSA',
    'EC',
    'OKP',
    'oct',
    'P-256',
    'P-384',
    'Ed25519',
    'sig',
    'enc',
    'RS256',
    'ES256',
  ),
  fc.constantFrom<unknown>(['verify'], ['sign'], [], 'AQAB', 'AQ', 'Aw', 'A'.repeat(342), 'A'.repeat(1000), true),
)

const member = fc.constantFrom('kty', 'crv', 'n', 'e', 'x', 'y', 'use', 'alg', 'd', 'k', 'oth', 'x5c', 'p', '__proto__')

/** A good key with some members replaced, under its own kid or another. */
const bentKey: fc.Arbitrary<unknown> = fc
  .tuple(
    fc.constantFrom(...goodKeys),
    fc.dictionary(member, odd, { maxKeys: 2, noNullPrototype: true }),
    fc.option(odd),
  )
  .map(([key, changes, kid]) => ({ ...key, ...changes, ...(kid === null ? {} : { kid }) }))

/** Any content of a key set. */
export const anyKey: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(...goodKeys) },
  { weight: 4, arbitrary: bentKey },
  { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
  { weight: 1, arbitrary: fc.dictionary(member, odd, { noNullPrototype: true }) },
)

/** The text of any response: key sets of all kinds, other documents, and no documents. */
export const anyAnswer: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: fc.array(anyKey, { maxLength: 6 }).map((keys) => JSON.stringify({ keys })) },
  { weight: 1, arbitrary: fc.json({ maxDepth: 3 }) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }).map((keys) => JSON.stringify({ keys })) },
  { weight: 1, arbitrary: fc.string({ maxLength: 30 }) },
)
