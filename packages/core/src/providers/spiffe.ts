import { builtInProvider } from '../provider/define-provider.ts'
import type { SelfHosted, WorkloadOf } from '../provider/define-provider.ts'
const claims = { jti: 'id' } as const

interface Claims {
  readonly sub: string
}

// The syntax of SPIFFE IDs: no empty segment, no segment of dots only.
const partsOf = ({ sub }: Claims): RegExpExecArray | null =>
  sub.length > 2048 || /\/\.\.?(?:\/|$)/.test(sub)
    ? null
    : /^spiffe:\/\/([a-z0-9._-]{1,255})((?:\/[A-Za-z0-9._-]+)+)$/.exec(sub)

const identity = {
  tokenId: 'jti',
  /** The trust domain of the SPIFFE ID. */
  trustDomain: (claims: Claims): string | undefined => partsOf(claims)?.[1],
  /** The path of the SPIFFE ID, with its leading slash. */
  path: (claims: Claims): string | undefined => partsOf(claims)?.[2],
} as const

/**
 * A workload by its SPIFFE ID: `spiffe://mesh.acme.dev/ns/ci` has the trust domain `mesh.acme.dev`
 * and the path `/ns/ci`.
 */
export interface SpiffeWorkload extends WorkloadOf<'spiffe', typeof claims, typeof identity> {}

/**
 * SPIFFE JWT-SVIDs that name their issuer, as SPIRE's do once `jwt_issuer` is set. The keys are
 * those of its OIDC Discovery Provider.
 *
 * Source: https://github.com/spiffe/spiffe/blob/main/standards/JWT-SVID.md
 *
 * @example
 * ```ts
 * const mesh = spiffe.at('https://oidc.mesh.tidewater.example')
 * const rule = mesh({ trustDomain: 'mesh.tidewater.example', path: '/ns/ci/sa/release-bot' })
 * ```
 */
export const spiffe: SelfHosted<SpiffeWorkload> = /* @__PURE__ */ builtInProvider({
  id: 'spiffe',
  title: 'SPIFFE',
  algorithms: ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512'],
  claims,
  identity,
  pins: ['path'],
  suggestedFields: ['trustDomain', 'path'],
  requires: { path: 'trustDomain' },
  lifetime: { usual: 300 },
  minimumVersion: {
    version: 'SPIRE 0.12.1, 0.11.3, 0.10.2, 0.9.4 or 0.8.5',
    reason:
      'Where the AWS node attestor names agents by a tag of the machine, the value of that tag can choose any SPIFFE ID of the trust domain.',
    advisory: 'https://github.com/spiffe/spire/security/advisories/GHSA-q7gm-mjrg-44h9',
  },
  validate: (claims: Claims): string | undefined => (partsOf(claims) === null ? 'sub' : undefined),
  unsupported: {
    branch:
      'a SPIFFE ID says only what its registration entry says. Give the jobs of your main branch a separate entry, and write its path',
    repository: 'a SPIFFE ID says only what its registration entry says. Write the path',
  },
})
