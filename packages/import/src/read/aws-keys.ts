/**
 * The claims that AWS STS makes condition keys of. Any other key is absent from every request,
 * whatever the token says.
 *
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-
 * keys.html
 */

/** Keys of all OpenID Connect providers. */
const common: readonly string[] = ['aud', 'sub', 'amr']

const own: readonly (readonly [host: RegExp, claims: readonly string[]])[] = [
  [
    /^token\.actions\.githubusercontent\.com$/,
    [
      'actor',
      'actor_id',
      'job_workflow_ref',
      'repository',
      'repository_id',
      'workflow',
      'ref',
      'environment',
      'enterprise_id',
    ],
  ],
  [
    /^gitlab\.com$/,
    [
      'namespace_id',
      'project_id',
      'user_id',
      'user_login',
      'user_email',
      'user_access_level',
      'ref_protected',
      'pipeline_source',
    ],
  ],
  [/^oidc\.circleci\.com\/org\/[^/]+$/, ['oidc.circleci.com/project-id']],
]

/** The claim behind a condition key of a provider; `undefined` for a key that AWS does not have. */
export function claimOfKey(provider: string, key: string): string | undefined {
  const name = key.toLowerCase()
  const start = `${provider.toLowerCase()}:`
  if (!name.startsWith(start)) return undefined
  const claims = own.find(([host]) => host.test(provider.toLowerCase()))?.[1] ?? []
  return [...common, ...claims].find((claim) => claim === name.slice(start.length))
}
