/** Guards of h3's routes. Copy this file. */

import type { FetchGuard, WorkloadIdentity } from '@jobpass/core'
import type { Middleware } from 'h3'

declare module 'h3' {
  interface H3EventContext {
    /** The verified caller, behind `requireWorkload`. */
    workload?: WorkloadIdentity
  }
}

/** The middleware of a route or an app: it answers for refused callers. */
export function requireWorkload(guard: FetchGuard<WorkloadIdentity>): Middleware {
  return async (event, next) => {
    const auth = await guard(event.req)
    if (!('workload' in auth)) return auth
    event.context.workload = auth.workload
    return next()
  }
}
