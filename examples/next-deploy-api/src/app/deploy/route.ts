import { mayDeploy } from '../../guards.ts'
import { withWorkload } from '../../with-workload.ts'

export const POST = withWorkload(mayDeploy, (_request, { repository, commit }) => {
  console.log(`deploying ${commit}`)
  return Response.json({ deployed: repository, commit })
})
