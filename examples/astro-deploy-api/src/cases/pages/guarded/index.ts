import { mayDeploy } from '../../../guards.ts'
import { withWorkload } from '../../../with-workload.ts'
import { ran } from '../../runs.ts'

export const GET = withWorkload(mayDeploy, ran('get'))
export const POST = withWorkload(mayDeploy, ran('post'))
export const ALL = withWorkload(mayDeploy, ran('all'))
