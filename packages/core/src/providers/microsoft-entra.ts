import { builtInProvider } from '../provider/define-provider.ts'
import type { ClaimsOf, Provider, WorkloadOf } from '../provider/define-provider.ts'
import * as shape from '../model/value-shape.ts'
const claims = {
  tid: 'id',
  oid: 'id', // the service principal's in this tenant
  ver: ['1.0', '2.0'],
  uti: 'id',
  azp: 'id', // in tokens of version 2.0
  appid: 'id', // in tokens of version 1.0
  azpacr: 'text',
  appidacr: 'text',
  idtyp: ['app', 'user', '*'], // only where the API asks for it
  scp: 'text', // only where a person delegated
  roles: 'text[]',
  xms_mirid: 'text', // path of a managed identity, which consists of names
} as const
const requiredClaims = {
  tid: 'the issuer is compared with it',
  oid: "the subject is compared with it, which keeps out people's tokens",
}
type Claims = ClaimsOf<typeof claims, typeof requiredClaims>

const identity = {
  tokenId: 'uti',
  ownerId: 'tid',
  principalId: 'oid',
  /** The client id of the application: the claim `azp`, or `appid` in v1.0 tokens. */
  applicationId: ({ azp, appid }: Claims): string | undefined => azp ?? appid,
  managedIdentity: 'xms_mirid',
  roles: 'roles',
} as const

/** A managed identity, or an application that acts for itself. `ownerId` is the tenant. */
export interface MicrosoftEntraWorkload extends WorkloadOf<
  'microsoft-entra',
  typeof claims,
  typeof identity,
  typeof requiredClaims
> {}

/**
 * Microsoft Entra: access tokens of managed identities and applications. Each tenant has its own
 * issuer; `.at()` binds `https://sts.windows.net/TENANT/`, which issues tokens of version 1.0.
 * Tokens of people have the same issuer, and are refused.
 *
 * Source: https://learn.microsoft.com/en-us/entra/identity-platform/access-token-claims-reference
 *
 * @example
 * ```ts
 * microsoftEntra({
 *   ownerId: '8f1c6f0e-2b1d-4c55-9d2e-6f7a8b9c0d1e',
 *   principalId: '3a2b1c0d-5e4f-4a6b-8c7d-9e0f1a2b3c4d',
 * })
 * ```
 */
export const microsoftEntra: Provider<MicrosoftEntraWorkload, 'ownerId'> = /* @__PURE__ */ builtInProvider({
  id: 'microsoft-entra',
  title: 'Microsoft Entra',
  issuer: 'https://login.microsoftonline.com/{ownerId}/v2.0',
  shapes: { ownerId: shape.uuid, principalId: shape.uuid, applicationId: shape.uuid },
  algorithms: ['RS256'],
  claims,
  requiredClaims,
  identity,
  pins: ['principalId', 'applicationId'],
  suggestedFields: ['principalId'],
  keyHosts: ['login.microsoftonline.com'],
  defaultAudiences: [
    'https://management.azure.com',
    'https://management.core.windows.net',
    'https://graph.microsoft.com',
    '00000003-0000-0000-c000-000000000000',
    'https://vault.azure.net',
    'https://storage.azure.com',
  ],
  lifetime: { usual: 3900, max: 104_400 },
  unsupported: {
    branch:
      'a token names the identity, and nothing of its code. Give the jobs of your main branch a separate identity, and write principalId',
    ref: 'a token names the identity, and nothing of its code. Write principalId',
    repository: 'a token names the identity, and nothing of its code. Write principalId',
    environment: 'no claim names one. Give each environment a separate identity, and write principalId',
    event: 'no claim shows what requested the token',
  },
  // The subject of an application's own token is its own object id; a person delegates scopes.
  otherTokens: [
    {
      claim: 'scp',
      like: '*',
      hint: 'The token is of a person, for whom an application acts. Request one for the managed identity or the application itself.',
    },
  ],
  validate: ({ sub, oid, idtyp, scp, azp, appid }) => {
    if (idtyp && idtyp !== 'app') return 'idtyp'
    if (scp) return 'scp'
    if (azp && appid && azp !== appid) return 'appid'
    return sub === oid ? undefined : 'sub'
  },
})
