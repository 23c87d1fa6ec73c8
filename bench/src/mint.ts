/** Tokens of all measurements: a push in GitHub Actions. */

import { randomUUID, sign } from 'node:crypto'
import { githubActions } from '@jobpass/core'
import { createTestIssuer } from '@jobpass/testing'
import type { BenchKey } from './tokens.ts'
import { audience, issuer } from './tokens.ts'

const fixture = await createTestIssuer(githubActions)

/** More claims, common to the jobs of one organization: they give the token a realistic size. */
const more = {
  enterprise: 'acme-group',
  enterprise_id: '90817',
  environment: 'production',
  repo_property_team: 'shop-platform',
}

const iat = Math.floor(Date.now() / 1000)
const job = fixture.claims({ iss: issuer, aud: audience, exp: iat + 7200, ...more })

/** Claims of one job; every token has another `jti`. */
function claims(given: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return { ...job, iat, jti: randomUUID(), ...given }
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Signs claims; header members can be set. */
export function mint(
  key: BenchKey,
  given: Readonly<Record<string, unknown>> = {},
  header: Readonly<Record<string, unknown>> = {},
): string {
  const input = `${encode({ typ: 'JWT', alg: key.algorithm, kid: key.jwk.kid, ...header })}.${encode(claims(given))}`
  return `${input}.${signatureOf(key, input).toString('base64url')}`
}

function signatureOf({ algorithm, privateKey }: BenchKey, input: string): Buffer {
  const hash = algorithm === 'EdDSA' ? null : 'sha256'
  return sign(hash, Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' })
}

/** Many tokens, all different. */
export function mintMany(key: BenchKey, count: number): readonly string[] {
  return Array.from({ length: count }, () => mint(key))
}
