import { mayDeploy } from '../../../guards.ts'
import { withWorkload } from '../../../with-workload.ts'

export const fetchCache = 'force-cache'

export const GET = withWorkload(mayDeploy, () => new Response('report'))
