import { builtInProvider } from '../provider/define-provider.ts'
import type { ClaimsOf, SelfHosted, WorkloadOf } from '../provider/define-provider.ts'
import * as shape from '../model/value-shape.ts'
const claims = {
  jti: 'id', // from Kubernetes 1.30
  'kubernetes.io': {
    namespace: 'text',
    serviceaccount: { name: 'text', uid: 'id' },
    pod: { name: 'text', uid: 'id' }, // a token that was made manually has none
    secret: { name: 'text', uid: 'id' },
    node: { name: 'text', uid: 'id' }, // the uid is absent while the Node object does not exist
    warnafter: 'number',
  },
} as const
const requiredClaims = {
  'kubernetes.io': {
    namespace: 'the subject is compared with it',
    serviceaccount: {
      name: 'the subject is compared with it',
    },
  },
}
type Claims = ClaimsOf<typeof claims, typeof requiredClaims>

const identity = {
  tokenId: 'jti',
  namespace: ['kubernetes.io', 'namespace'],
  serviceAccount: ['kubernetes.io', 'serviceaccount', 'name'],
  serviceAccountId: ['kubernetes.io', 'serviceaccount', 'uid'],
  /** The name of the pod. */
  pod: (claims: Claims): string | undefined => claims['kubernetes.io'].pod?.name,
  /** The id of the pod. */
  podId: (claims: Claims): string | undefined => claims['kubernetes.io'].pod?.uid,
  /** The name of the node. */
  node: (claims: Claims): string | undefined => claims['kubernetes.io'].node?.name,
  /** The id of the node. */
  nodeId: (claims: Claims): string | undefined => claims['kubernetes.io'].node?.uid,
  /** `no pod` where the token belongs to no pod, else absent. */
  unbound: (claims: Claims): string | undefined => (claims['kubernetes.io'].pod ? undefined : 'no pod'),
} as const

/**
 * A Kubernetes service account, and the pod that acts for it. `unbound` is present where the token
 * belongs to no pod.
 */
export interface KubernetesWorkload extends WorkloadOf<
  'kubernetes',
  typeof claims,
  typeof identity,
  typeof requiredClaims
> {}

/**
 * Kubernetes service-account tokens: jobs of Argo Workflows and Tekton, and every other pod, on
 * EKS, GKE, AKS and self-hosted clusters. Each cluster has its own issuer, spelled as in the token.
 *
 * Source: https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/
 *
 * @example
 * ```ts
 * const issuer = 'https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF'
 * const cluster = kubernetes.at(issuer)
 * const rule = cluster({
 *   namespace: 'ci', serviceAccountId: 'ac6d5e4f-0000-4031-9c2d-3e4f50617283',
 * })
 * ```
 */
export const kubernetes: SelfHosted<KubernetesWorkload> = /* @__PURE__ */ builtInProvider({
  id: 'kubernetes',
  title: 'Kubernetes',
  algorithms: ['RS256', 'ES256', 'ES384', 'ES512'],
  claims,
  requiredClaims,
  identity,
  pins: ['namespace', 'serviceAccountId'],
  suggestedFields: ['serviceAccountId'],
  shapes: { serviceAccountId: shape.uuid },
  untrustedWhen: ['unbound'],
  requires: {
    serviceAccount: 'namespace',
    pod: ['serviceAccountId', 'serviceAccount', 'namespace'],
  },
  // Those of the API server, of GKE workload identity, and of OpenShift.
  defaultAudiences: [
    '{issuer}',
    'https://kubernetes.default.svc',
    'https://kubernetes.default.svc.cluster.local',
    '*.svc.id.goog',
    'openshift',
  ],
  lifetime: { usual: 3600 },
  validate: ({
    sub,
    'kubernetes.io': { namespace, serviceaccount },
  }: Claims & { readonly sub: string }): string | undefined =>
    sub === `system:serviceaccount:${namespace}:${serviceaccount.name}` ? undefined : 'sub',
  unsupported: {
    branch:
      'the token names the pod, and nothing of its code. Run the jobs of your main branch under a separate service account, and write serviceAccountId',
    repository: 'the token names the pod, and nothing of its code. Write serviceAccountId',
  },
})
