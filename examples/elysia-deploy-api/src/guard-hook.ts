/** Guards of Elysia's routes. Copy this file. */

import type { FetchGuard } from '@jobpass/core'

/**
 * The hook that answers for refused callers: `beforeHandle` of a route, `onBeforeHandle` of a group
 * or plugin, `onRequest` of an app.
 */
export const guardHook = (guard: FetchGuard<unknown>) => {
  // Elysia reads the source text of a hook, and drops what it returns where the text has no
  // `return`. So this is a plain function, never a bound one.
  return async ({ request }: { readonly request: Request }): Promise<Response | undefined> => {
    const auth = await guard(request)
    return 'workload' in auth ? undefined : auth
  }
}
