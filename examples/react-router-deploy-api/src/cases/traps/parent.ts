import { Outlet } from 'react-router'
import { mayDeploy } from '../../guards.ts'
import { withWorkload } from '../../with-workload.ts'

/** A guard of this route, and of none below it. */
export const loader = withWorkload(mayDeploy, () => 'admitted')

export default Outlet
