/** The table of platforms, in the order in which they are tried. */

import type { Platform } from '../platform.ts'
import { aws, buildkite, circleci, spiffe } from './commands.ts'
import { azureDevops, googleCloud, microsoftEntra, vercel } from './endpoints.ts'
import { givenFile, kubernetes, renderServices } from './files.ts'
import { forgejoActions, githubActions } from './request-endpoint.ts'
import { cursorAgents, flyIo } from './sockets.ts'
import * as variables from './variables.ts'

/**
 * A token that was named for us comes first; where a job runs inside another platform, that is
 * last.
 */
export const platforms: readonly Platform[] = [
  givenFile,
  variables.givenToken,
  forgejoActions,
  githubActions,
  variables.gitlab,
  circleci,
  buildkite,
  azureDevops,
  variables.bitbucketPipelines,
  variables.semaphore,
  variables.codefresh,
  variables.teamcity,
  variables.hcpTerraform,
  variables.spacelift,
  variables.pulumiDeployments,
  variables.modalFunctions,
  vercel,
  renderServices,
  cursorAgents,
  flyIo,
  aws,
  spiffe,
  microsoftEntra,
  googleCloud,
  kubernetes,
]
