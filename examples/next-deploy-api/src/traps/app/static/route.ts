import { mayDeploy } from '../../../guards.ts'
import { withWorkload } from '../../../with-workload.ts'

export const dynamic = 'force-static'

export const GET = withWorkload(mayDeploy, () => {
  console.log('reading the report')
  return new Response('report')
})
