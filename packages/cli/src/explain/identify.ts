/** The identity in claims, whatever any rule says. */

import type { AnyWorkload, TrustLookup, TrustRule } from '@jobpass/core'
import { createVerifier } from '@jobpass/core'
import type { AnyProvider } from '@jobpass/policy/built-in'
import { tenantOf } from '@jobpass/policy/built-in'
import type { Claims } from './local-issuer.ts'
import { issuerFor, mintClaims } from './local-issuer.ts'

/** How the job presents its token. */
export interface Presented {
  /** The audience of the token. Default: one of no API. */
  readonly audience?: string
  /** Seconds since the token was issued. Default 0. */
  readonly age?: number
}

/**
 * The identity in claims; `undefined` for claims that no verifier accepts. The verifier admits no
 * job here: only the event that reports the refusal is of use.
 */
export async function identify(
  claims: Claims,
  iss: string,
  provider: AnyProvider,
  { audience = 'https://api.example', age = 0 }: Presented = {},
): Promise<AnyWorkload | undefined> {
  const { fixedAudience } = provider.table
  const issued = Number.isFinite(claims['iat']) ? (claims['iat'] as number) * 1000 : 0
  let workload: AnyWorkload | undefined
  try {
    const { fetch } = await issuerFor(iss, provider)
    const settings = {
      maxLifetime: 604_800,
      ...(fixedAudience && { audience: claims['aud'], sharedAudience: 'accepted' }),
    }
    const verifier = createVerifier({
      audience,
      trust: everyJobOf(iss, provider, settings),
      fetch,
      clock: { now: () => issued + age * 1000, after: () => () => {} },
      onVerdict: (event) => (workload = event.workload),
      onWarning: () => {},
    })
    const token = await mintClaims(fixedAudience ? claims : { ...claims, aud: audience }, iss, provider)
    await verifier.authorize(`Bearer ${token}`)
  } catch {
    // Refused, as expected.
  }
  return workload
}

/** What trusts an issuer, without conditions on its jobs. */
export function everyJobOf(iss: string, provider: AnyProvider, settings: object): TrustRule | TrustLookup {
  if (provider.issuer === iss) return provider.lookup(() => [], settings)
  const tenant = tenantOf(provider, iss)
  return tenant === undefined
    ? provider.at(iss, isInsecure(iss) ? { insecureLoopback: true } : {}).lookup(() => [], settings)
    : provider(Object.fromEntries([tenant]), settings)
}

/** Whether an issuer has no TLS. `.at()` accepts that for loopback only, as for `jobpass dev`. */
function isInsecure(iss: string): boolean {
  return iss.startsWith('http:')
}
