import { mayDeploy } from '../../../../../lib/server/guards.ts'
import { withWorkload } from '../../../../../lib/with-workload.ts'
import { ran } from '../../../../runs.ts'

export const POST = withWorkload(mayDeploy, ({ params }) => ran(`deploy to ${params['environment']}`)())
