import { builtInProvider } from '../provider/define-provider.ts'
import type { Provider, WorkloadOf } from '../provider/define-provider.ts'
import * as shape from '../model/value-shape.ts'
const claims = { jti: 'id' } as const

interface Subject {
  readonly sub: string
}

// The ids of workspace, environment and service; services outside an environment have the default
// one.
const subjectForm = /^workspace:([a-z]+-[a-z0-9]+):environment:([a-z]+-[a-z0-9]+|default):service:([a-z]+-[a-z0-9]+)$/

const identity = {
  tokenId: 'jti',
  ownerId: ({ sub }: Subject): string | undefined => subjectForm.exec(sub)?.[1],
  /** The id of the environment, a part of the subject. */
  environmentId: ({ sub }: Subject): string | undefined => subjectForm.exec(sub)?.[2],
  projectId: ({ sub }: Subject): string | undefined => subjectForm.exec(sub)?.[3],
} as const

/**
 * A service of Render. Its ids are parts of the subject: `ownerId` is the workspace, `projectId`
 * the service.
 */
export interface RenderServicesWorkload extends WorkloadOf<'render-services', typeof claims, typeof identity> {}

/**
 * Render: each workspace has its own issuer, which `ownerId` chooses. Every token has the audience
 * of AWS.
 *
 * Source: https://render.com/docs/oidc
 *
 * @example
 * ```ts
 * renderServices(
 *   { ownerId: 'tea-cs1v2n3m4k5j6h7g8f90', projectId: 'srv-cs9x8y7z6w5v4u3t2s10' },
 *   { audience: 'sts.amazonaws.com', sharedAudience: 'accepted' },
 * )
 * ```
 */
export const renderServices: Provider<RenderServicesWorkload, 'ownerId'> = /* @__PURE__ */ builtInProvider({
  id: 'render-services',
  title: 'Render',
  issuer: 'https://oidc.render.com/{ownerId}',
  shapes: { ownerId: shape.dnsLabel },
  algorithms: ['RS256'],
  claims,
  identity,
  pins: ['ownerId'],
  suggestedFields: ['projectId'],
  defaultAudiences: ['sts.amazonaws.com'],
  fixedAudience: { audience: 'sts.amazonaws.com', maxTokenAge: 3600 },
  unsupported: {
    branch: 'a token names the service, and nothing of its code. Write projectId, the service',
    ref: 'a token names the service, and nothing of its code. Write projectId, the service',
    commit: 'a token names the service, and nothing of its code',
    repository: 'a token names the service, and nothing of its code. Write projectId, the service',
    environment: 'tokens contain its id, not its name. Write environmentId',
  },
  validate: ({ sub }: Subject): string | undefined => (subjectForm.test(sub) ? undefined : 'sub'),
})
