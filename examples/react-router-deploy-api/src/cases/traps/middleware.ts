import type { MiddlewareFunction } from 'react-router'
import { mayDeploy } from '../../guards.ts'
import { ran } from '../runs.ts'

/** React Router 7 ignores it without `future.v8_middleware`. */
export const middleware: MiddlewareFunction<Response>[] = [
  async ({ request }, next) => {
    const auth = await mayDeploy(request)
    return 'workload' in auth ? next() : auth
  },
]

export const action = ran('action behind a middleware')
