import { mayDeploy } from '../../guards.ts'
import { withWorkload } from '../../with-workload.ts'

export const prerender = true
export const GET = withWorkload(mayDeploy, () => new Response('deployed'))
