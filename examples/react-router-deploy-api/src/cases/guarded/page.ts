import { mayDeploy } from '../../guards.ts'
import { withWorkload } from '../../with-workload.ts'
import { runs } from '../runs.ts'

export const loader = withWorkload(mayDeploy, () => runs.push('loader of the page'))
export const action = withWorkload(mayDeploy, () => runs.push('action of the page'))

export default function Page() {
  runs.push('page')
  return 'A page'
}
