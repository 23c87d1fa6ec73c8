/** Guards of SvelteKit's endpoints. Copy this file. */

import type { FetchGuard } from '@jobpass/core'
import type { RequestEvent, RequestHandler } from '@sveltejs/kit'

/** Makes an endpoint that runs for the callers that a guard admits. */
export const withWorkload =
  <W>(
    guard: FetchGuard<W>,
    handler: (event: RequestEvent, workload: W) => Response | Promise<Response>,
  ): RequestHandler =>
  async (event) => {
    const auth = await guard(event.request)
    return 'workload' in auth ? handler(event, auth.workload) : auth
  }
