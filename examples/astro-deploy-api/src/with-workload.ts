/** Guards of Astro's endpoints. Copy this file. */

import type { FetchGuard } from '@jobpass/core'
import type { APIContext, APIRoute } from 'astro'

/** Makes an endpoint that runs for the callers that a guard admits. */
export const withWorkload =
  <W>(guard: FetchGuard<W>, handler: (context: APIContext, workload: W) => Response | Promise<Response>): APIRoute =>
  async (context) => {
    // There is no caller at build time, and every caller would get the file that is made then.
    if (context.isPrerendered) {
      throw new TypeError(`The endpoint ${context.routePattern} has a guard: add \`export const prerender = false\``)
    }
    const auth = await guard(context.request)
    return 'workload' in auth ? handler(context, auth.workload) : auth
  }
