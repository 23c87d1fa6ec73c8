/** Claims of jobs at GitLab, for tests. */

import type { gitlab, WorkloadFrom } from '@jobpass/core'
import type { TestIssuer } from '@jobpass/testing'

type Issuer = TestIssuer<WorkloadFrom<typeof gitlab>>
type Claims = Readonly<Record<string, unknown>>

const projects: readonly Claims[] = [
  {},
  { project_path: 'acme/platform/relay', project_id: '20' },
  { project_path: 'Acme/Shop' },
  { project_path: 'acme/shop-evil', project_id: '21' },
  { project_path: 'acme-evil/shop', project_id: '22', namespace_id: '666' },
  { project_path: 'evil/acme', project_id: '23', namespace_id: '777' },
]

const other: readonly Claims[] = [
  { ref: 'beta' },
  { ref: 'Main' },
  { ref: 'master' },
  { ref: 'release/1' },
  { ref: 'release/1/2' },
  { ref: 'main', ref_type: 'tag' },
  { ref: 'v2.3.0', ref_type: 'tag' },
  { ref: 'v2/x', ref_type: 'tag' },
  { ref_protected: 'false' },
  { ref_protected: undefined },
  { pipeline_source: undefined },
  { pipeline_source: 'external_pull_request_event' },
  { pipeline_source: 'api' },
  { environment: 'production' },
  { environment: 'production', environment_protected: 'true' },
  { environment: 'Production', environment_protected: 'true' },
  { user_login: 'mallory', user_access_level: 'developer' },
  { namespace_id: '777' },
  { job_project_id: undefined },
  { aud: 'https://other.example' },
  { ci_config_ref_uri: 'gitlab.com/acme/shop//ci/release.yml@refs/heads/main' },
  { ci_config_ref_uri: 'gitlab.com/acme/shop//ci/release.yml@refs/heads/other' },
  { ci_config_ref_uri: 'gitlab.com/evil/x//ci/release.yml@refs/heads/main' },
  { sub: 'project_id:48120077' },
]

/** The claims. */
export function gitlabClaims(issuer: Issuer): readonly Claims[] {
  return [
    ...issuer.triggers.flatMap((trigger) => projects.map((given) => issuer.claims(given, { trigger }))),
    ...other.flatMap((given) =>
      [{}, { project_path: 'acme/platform/relay', project_id: '20' }].map((more) =>
        issuer.claims({ ...more, ...given }),
      ),
    ),
  ]
}
