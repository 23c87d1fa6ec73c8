import { mayDeploy } from '../guards.ts'
import { withWorkload } from '../with-workload.ts'

export const loader = withWorkload(mayDeploy, () => new Response('deployed'))
