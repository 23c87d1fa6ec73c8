import { mayDeploy } from '../../guards.ts'
import { withWorkload } from '../../with-workload.ts'
import { ran } from '../runs.ts'

export const loader = withWorkload(mayDeploy, ran('loader'))
export const action = withWorkload(mayDeploy, ran('action'))
