import { mayDeploy } from '../guards.ts'
import { withWorkload } from '../with-workload.ts'

export const POST = withWorkload(mayDeploy, (_context, { repository, commit }) =>
  Response.json({ deployed: repository, commit }),
)
