import { mayDeploy } from '../../../guards.ts'
import { withWorkload } from '../../../with-workload.ts'

export const POST = withWorkload(mayDeploy, () => {
  throw new Error('The disk is full.')
})
