import { mayDeploy } from '../../guards.ts'
import { withWorkload } from '../../with-workload.ts'
import { ran } from '../runs.ts'

export const action = withWorkload(mayDeploy, ({ params }) => ran(`deploy to ${params['environment']}`)())
