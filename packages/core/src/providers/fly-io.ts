import { builtInProvider } from '../provider/define-provider.ts'
import type { Provider, WorkloadOf } from '../provider/define-provider.ts'
import * as shape from '../model/value-shape.ts'
const claims = {
  jti: 'id',
  org_id: 'id',
  org_name: 'text',
  app_id: 'id',
  app_name: 'text',
  machine_id: 'id',
  machine_name: 'text', // chosen by the creator of the machine
  machine_version: 'id',
  region: 'text',
  image: 'text',
  image_digest: 'id',
} as const
const requiredClaims = {
  org_name: 'the issuer is compared with it',
  org_id: 'rules pin it, and handlers store it',
  app_id: 'rules pin it, and handlers store it',
}

const identity = {
  tokenId: 'jti',
  owner: 'org_name',
  ownerId: 'org_id',
  project: 'app_name',
  projectId: 'app_id',
  machineId: 'machine_id',
  region: 'region',
  image: 'image',
  imageDigest: 'image_digest',
} as const

/** A Fly.io Machine. `project` is its app, `owner` the app's organization. */
export interface FlyIoWorkload extends WorkloadOf<'fly-io', typeof claims, typeof identity, typeof requiredClaims> {}

/**
 * Fly.io Machines: each organization has its own issuer, which its slug, `owner`, chooses. The slug
 * is a name, so each rule also pins an id.
 *
 * Source: https://fly.io/docs/security/openid-connect/
 *
 * @example
 * ```ts
 * flyIo({ owner: 'acme', ownerId: '41209931', projectId: '77120045' })
 * ```
 */
export const flyIo: Provider<FlyIoWorkload, 'owner'> = /* @__PURE__ */ builtInProvider({
  id: 'fly-io',
  title: 'Fly.io',
  issuer: 'https://oidc.fly.io/{owner}',
  shapes: { owner: shape.slug },
  algorithms: ['RS256'],
  claims,
  requiredClaims,
  identity,
  pins: ['ownerId', 'projectId'],
  attackerControlled: ['machine_name'],
  defaultAudiences: ['https://fly.io/*'],
  lifetime: { usual: 600 },
  unsupported: {
    branch: "a machine's token names the app, not what it was built from. Write projectId and imageDigest: 'sha256:…'",
    ref: "a machine's token names the app, not what it was built from. Write projectId and imageDigest: 'sha256:…'",
    commit: "no claim names it. Write imageDigest: 'sha256:…', the image that was built from it",
    repository: 'no claim names it. Write projectId, the app',
    environment: 'no claim names one. Run each environment as a separate app, and write projectId',
  },
})
