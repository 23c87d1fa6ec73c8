import { mayDeploy } from '../../../lib/server/guards.ts'
import { withWorkload } from '../../../lib/with-workload.ts'

export const prerender = true
export const GET = withWorkload(mayDeploy, () => new Response('deployed'))
