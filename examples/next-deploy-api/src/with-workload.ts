/** Guards of route handlers. Copy this file. */

import type { FetchGuard } from '@jobpass/core'

/**
 * Makes a route handler that runs for the callers that a guard admits. The request of Next.js is a
 * `NextRequest`: annotate it so where the handler uses more than a `Request` has.
 */
export const withWorkload =
  <W, C, R extends Request>(
    guard: FetchGuard<W>,
    handler: (request: R, workload: W, context: C) => Response | Promise<Response>,
  ) =>
  async (request: R, context: C): Promise<Response> => {
    const auth = await guard(request)
    return 'workload' in auth ? handler(request, auth.workload, context) : auth
  }
