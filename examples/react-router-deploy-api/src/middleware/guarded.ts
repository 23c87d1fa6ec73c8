/** A guard of all routes below it. It needs `future.v8_middleware` in React Router 7. */

import type { MiddlewareFunction } from 'react-router'
import { Outlet } from 'react-router'
import { mayDeploy } from '../guards.ts'

export const middleware: MiddlewareFunction<Response>[] = [
  async ({ request }, next) => {
    const auth = await mayDeploy(request)
    return 'workload' in auth ? next() : auth
  },
]

export default Outlet
