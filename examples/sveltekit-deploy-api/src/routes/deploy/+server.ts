import { mayDeploy } from '../../lib/server/guards.ts'
import { withWorkload } from '../../lib/with-workload.ts'

export const POST = withWorkload(mayDeploy, (_event, { repository, commit }) =>
  Response.json({ deployed: repository, commit }),
)
