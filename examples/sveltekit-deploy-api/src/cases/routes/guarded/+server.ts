import { mayDeploy } from '../../../lib/server/guards.ts'
import { withWorkload } from '../../../lib/with-workload.ts'
import { ran } from '../../runs.ts'

export const GET = withWorkload(mayDeploy, ran('get'))
export const POST = withWorkload(mayDeploy, ran('post'))
export const fallback = withWorkload(mayDeploy, ran('fallback'))
