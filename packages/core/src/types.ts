/** The types that the exports of `index.ts` are made of. */

export type {
  AllOf,
  AnyEvent,
  Choice,
  Exact,
  ExactCondition,
  Glob,
  Not,
  Presence,
  SemVer,
  SemVerOptions,
} from './rule/condition.ts'
export type { Matched, Operator } from './model/verdict.ts'
export type { MatchSource } from './request/matched.ts'
export type { EventRequest, UnverifiedToken } from './model/verdict-event.ts'
export type { JwksOptions } from './keys/refresh-policy.ts'
export type { SkippedKey } from './keys/jwks.ts'
export type { KeyReport } from './keys/key-source.ts'
export type { KeySnapshot } from './keys/jwks-snapshot.ts'
export type { ProblemCheck } from './response/problem.ts'
export type { Seen, Trusted } from './config/options.ts'
export type { ExplainLevel } from './config/options.ts'
export type { TenantIssuerOptions } from './config/tenant-issuers.ts'
export type { ClaimConditions, DataFrom, Find } from './provider/provider.ts'
export type { FixedAudience, Lifetime } from './table/provider-table.ts'
export type { MinimumVersion } from './table/provider-table.ts'
export type { OtherToken } from './table/provider-table.ts'
export type { MemoryReplayOptions } from './replay/memory-store.ts'
export type { OneTimeOptions, TenantIssuers } from './rule/rule.ts'
export type { CacheOptions } from './token/token-cache.ts'
export type { ValueShape } from './model/value-shape.ts'
export type { ClaimRow, ClaimRows, Kind, RequiredClaims } from './table/claim-rows.ts'
export type { ExplainOptions } from './explain/explain.ts'
export type { TelemetryAttributes } from './explain/telemetry.ts'
export type { AuthorizedRequest, HeaderValues } from './request/verifier.ts'
export type { CommonFields, VerifiedFields } from './model/workload.ts'
export type { AwsWorkload } from './providers/aws.ts'
export type { AzureDevOpsWorkload } from './providers/azure-devops.ts'
export type { BitbucketPipelinesWorkload } from './providers/bitbucket-pipelines.ts'
export type { BuildkiteWorkload } from './providers/buildkite.ts'
export type { CircleCIWorkload } from './providers/circleci.ts'
export type { CodefreshWorkload } from './providers/codefresh.ts'
export type { ConcourseWorkload } from './providers/concourse.ts'
export type { CursorAgentsWorkload } from './providers/cursor-agents.ts'
export type { DenoDeployWorkload } from './providers/deno-deploy.ts'
export type { DepotCIWorkload } from './providers/depot-ci.ts'
export type { FlyIoWorkload } from './providers/fly-io.ts'
export type { ForgejoActionsWorkload } from './providers/forgejo-actions.ts'
export type { GitHubActionsWorkload } from './providers/github-actions.ts'
export type { GitLabWorkload } from './providers/gitlab.ts'
export type { GoogleCloudWorkload } from './providers/google-cloud.ts'
export type { HarnessWorkload } from './providers/harness.ts'
export type { HCPTerraformWorkload } from './providers/hcp-terraform.ts'
export type { JenkinsWorkload } from './providers/jenkins.ts'
export type { KubernetesWorkload } from './providers/kubernetes.ts'
export type { MicrosoftEntraWorkload } from './providers/microsoft-entra.ts'
export type { ModalFunctionsWorkload } from './providers/modal-functions.ts'
export type { OctopusDeployWorkload } from './providers/octopus-deploy.ts'
export type { PulumiDeploymentsWorkload } from './providers/pulumi-deployments.ts'
export type { PulumiEscWorkload } from './providers/pulumi-esc.ts'
export type { RenderServicesWorkload } from './providers/render-services.ts'
export type { RWXWorkload } from './providers/rwx.ts'
export type { SemaphoreWorkload } from './providers/semaphore.ts'
export type { SpaceliftWorkload } from './providers/spacelift.ts'
export type { SpiffeWorkload } from './providers/spiffe.ts'
export type { TeamCityWorkload } from './providers/teamcity.ts'
export type { VercelWorkload } from './providers/vercel.ts'
