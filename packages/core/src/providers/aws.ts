import { after, builtInProvider } from '../provider/define-provider.ts'
import type { ClaimsOf, Provider, WorkloadOf } from '../provider/define-provider.ts'
import * as shape from '../model/value-shape.ts'
const claims = {
  jti: 'id',
  'https://sts.amazonaws.com/': {
    aws_account: 'id', // text, since it may begin with zeros
    org_id: 'text',
    ou_path: 'text[]',
    principal_id: 'text',
    principal_tags: { '*': 'text' },
    request_tags: { '*': 'text' }, // chosen by the caller
    source_region: 'text',
    original_session_exp: 'text',
    source_identity: 'text',
    federated_provider: 'text',
    identity_store_user_id: 'text',
  },
} as const
const requiredClaims = {
  'https://sts.amazonaws.com/': {
    aws_account: 'the subject is compared with it, and rules pin it',
  },
}
type Claims = ClaimsOf<typeof claims, typeof requiredClaims>

interface Subject {
  readonly sub: string
}

const accountOf = (claims: Claims): string => claims['https://sts.amazonaws.com/'].aws_account

// An ARN: arn, partition, service, region, account, resource; that of an IAM role has no region.
const roleOf = ({ sub }: Subject): string | undefined => /^arn:[a-z-]+:iam::\d+:role\/(.+)$/.exec(sub)?.[1]

const identity = {
  tokenId: 'jti',
  /** The first label of the issuer: the id of the account's issuer. */
  issuerId: ({ iss }: { readonly iss: string }): string | undefined => after('https://', iss)?.split('.')[0],
  ownerId: ['https://sts.amazonaws.com/', 'aws_account'],
  organization: ['https://sts.amazonaws.com/', 'org_id'],
  organizationalUnits: ['https://sts.amazonaws.com/', 'ou_path'],
  /** The path and name of the IAM role; absent for other principals. */
  role: (claims: Subject): string | undefined => roleOf(claims),
  /** The ARN of a principal that is not a role; absent for roles. */
  otherPrincipal: (claims: Subject): string | undefined => (roleOf(claims) === undefined ? claims.sub : undefined),
  identityCenterUser: ['https://sts.amazonaws.com/', 'identity_store_user_id'],
  region: ['https://sts.amazonaws.com/', 'source_region'],
} as const

/**
 * An AWS principal. `role` is the role's path and name. `otherPrincipal` is present, with the ARN,
 * where the principal is not a role: an IAM user, or the root user of the account.
 */
export interface AwsWorkload extends WorkloadOf<'aws', typeof claims, typeof identity, typeof requiredClaims> {}

/**
 * AWS, by the outbound identity federation of IAM: CodeBuild, Lambda, ECS and EC2. Each account has
 * its own issuer, whose first label is `issuerId`.
 *
 * Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetWebIdentityToken.html
 *
 * @example
 * ```ts
 * aws({
 *   issuerId: '0f1e2d3c-4b5a-4697-8877-665544332211', ownerId: '210987654321', role: 'release-bot',
 * })
 * ```
 */
export const aws: Provider<AwsWorkload, 'issuerId'> = /* @__PURE__ */ builtInProvider({
  id: 'aws',
  title: 'AWS',
  issuer: 'https://{issuerId}.tokens.sts.global.api.aws',
  shapes: { issuerId: shape.dnsLabel },
  algorithms: ['RS256', 'ES384'],
  claims,
  requiredClaims,
  identity,
  pins: ['ownerId'],
  suggestedFields: ['role'],
  untrustedWhen: ['otherPrincipal', 'identityCenterUser'],
  // Chosen by the caller.
  attackerControlled: [['https://sts.amazonaws.com/', 'request_tags']],
  lifetime: { usual: 300, max: 3600 },
  validate: (claims: Claims & Subject): string | undefined =>
    claims.sub.split(':')[4] === accountOf(claims) ? undefined : 'sub',
  unsupported: {
    branch:
      'the token names a role, and nothing of its code. Run the builds of your main branch under a separate role, and write role',
    repository: 'the token names a role, and nothing of its code. Write role',
  },
})
