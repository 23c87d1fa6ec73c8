/** The identity of an admitted caller as a signed JWT for the upstream. */

import type { KeyObject } from 'node:crypto'
import { createPrivateKey, createPublicKey } from 'node:crypto'
import type { AnyWorkload } from '@jobpass/core'
import { escapeForLog } from '@jobpass/core/internal'
import type { JWK } from 'jose'
import { calculateJwkThumbprint, exportJWK, SignJWT } from 'jose'
import type { Context } from '../context.ts'
import { CommandError } from '../io/exit.ts'
import { readFile } from '../io/input.ts'

/** Seconds until a signed identity expires: it is used at once. */
const lifetime = 60

/** The `iss` of signed identities. */
const issuer = 'jobpass'

/** Signs identities. */
export interface IdentitySigner {
  /** Signs the identity of a caller that a guard admitted. */
  readonly sign: (workload: AnyWorkload, guard: string) => Promise<string>
  /** The public keys, for the upstream (RFC 7517). */
  readonly jwks: { readonly keys: readonly JWK[] }
}

interface Key {
  readonly privateKey: KeyObject
  readonly jwk: JWK & { readonly alg: string; readonly kid: string }
}

/** Makes a signer from files with private keys. The first one signs, and all are published. */
export async function signerFrom(
  context: Context,
  paths: readonly string[],
  audience: string,
): Promise<IdentitySigner> {
  const keys = await Promise.all(paths.map(async (path) => readKey(path, await readFile(context, path, 65_536))))
  const { privateKey, jwk } = keys[0] as Key
  return {
    jwks: { keys: keys.map((key) => key.jwk) },
    sign: (workload, guard) => {
      const now = Math.floor(context.now() / 1000)
      // The claims would make the header longer than proxies let through.
      return new SignJWT({ guard, workload: { ...workload, claims: undefined } })
        .setProtectedHeader({ alg: jwk.alg, kid: jwk.kid, typ: 'JWT' })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(workload.subject)
        .setIssuedAt(now)
        .setExpirationTime(now + lifetime)
        .sign(privateKey)
    },
  }
}

async function readKey(path: string, text: string): Promise<Key> {
  const privateKey = parseKey(text)
  const alg = privateKey && algorithmOf(privateKey)
  if (privateKey === undefined || alg === undefined)
    throw new CommandError(
      `${escapeForLog(path)}: is no private key of P-256, P-384, Ed25519 or RSA with 2048 bits or more, as PEM or JWK`,
    )
  const jwk = await exportJWK(createPublicKey(privateKey))
  return { privateKey, jwk: { ...jwk, alg, use: 'sig', kid: await calculateJwkThumbprint(jwk) } }
}

function parseKey(text: string): KeyObject | undefined {
  try {
    return text.trimStart().startsWith('{')
      ? createPrivateKey({ key: JSON.parse(text) as JWK as never, format: 'jwk' })
      : createPrivateKey(text)
  } catch {
    return undefined
  }
}

const algorithms: Readonly<Record<string, string>> = { prime256v1: 'ES256', secp384r1: 'ES384', ed25519: 'EdDSA' }

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string | undefined {
  const { namedCurve = String(asymmetricKeyType), modulusLength = 0 } = asymmetricKeyDetails ?? {}
  if (asymmetricKeyType === 'rsa') return modulusLength >= 2048 ? 'RS256' : undefined
  return algorithms[namedCurve]
}
