import { mayDeploy } from './guards.ts'
import { withWorkload } from './with-workload.ts'

export const action = withWorkload(mayDeploy, (_args, { repository, commit }) =>
  Response.json({ deployed: repository, commit }),
)
