/** Claims of jobs at CircleCI, for tests. */

import type { circleci, WorkloadFrom } from '@jobpass/core'
import type { TestIssuer } from '@jobpass/testing'

type Issuer = TestIssuer<WorkloadFrom<typeof circleci>>
type Claims = Readonly<Record<string, unknown>>

const claim = (name: string): string => `oidc.circleci.com/${name}`
const otherOrganization = '11111111-2222-4333-8444-555555555555'
const otherProject = '22222222-2222-4333-8444-555555555555'

const projects: readonly Claims[] = [
  {},
  { [claim('project-id')]: otherProject },
  { [claim('org-id')]: otherOrganization },
  { [claim('vcs-origin')]: 'github.com/acme/docs' },
  { [claim('vcs-origin')]: 'github.com/Acme/Shop' },
  { [claim('vcs-origin')]: 'github.com/acme/shop-evil' },
]

const other: readonly Claims[] = [
  { [claim('vcs-ref')]: 'refs/heads/dev' },
  { [claim('vcs-ref')]: 'refs/heads/main2' },
  { [claim('vcs-ref')]: 'refs/heads/release/1' },
  { [claim('vcs-ref')]: 'refs/heads/release/1/2' },
  { [claim('vcs-ref')]: 'refs/tags/main' },
  { [claim('vcs-ref')]: 'refs/tags/v2/x' },
  { [claim('vcs-ref')]: 'refs/heads/x/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/main' },
  {
    [claim('vcs-origin')]: 'github.com/acme/docs',
    [claim('vcs-ref')]: 'refs/heads/x/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/main',
  },
  { [claim('context-ids')]: [] },
  { [claim('pipeline-definition-id')]: otherProject },
  { [claim('vcs-sha')]: undefined },
  { aud: 'https://other.example' },
]

/** The claims, with both forms of the subject. */
export function circleClaims(issuer: Issuer): readonly Claims[] {
  const long = [
    ...issuer.triggers.flatMap((trigger) => projects.map((given) => issuer.claims(given, { trigger }))),
    ...other.flatMap((given) => [
      issuer.claims(given),
      issuer.claims({ [claim('project-id')]: otherProject, ...given }),
    ]),
  ]
  return [
    ...long,
    ...long.map((claims) => ({ ...claims, sub: String(claims['sub']).replace(/\/vcs-origin\/.*$/, '') })),
  ]
}
