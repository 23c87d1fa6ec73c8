/** A middleware that guards by path, which is a trap. */

import type { MiddlewareHandler } from 'astro'
import { mayDeploy } from '../guards.ts'

export const onRequest: MiddlewareHandler = async ({ request, url, isPrerendered }, next) => {
  const guarded = /^\/traps\/(?:middleware|refused-at-build)/.test(url.pathname)
  const guardedWhenServed = url.pathname.startsWith('/traps/prerendered')
  if (!guarded && (isPrerendered || !guardedWhenServed)) return next()
  const auth = await mayDeploy(request)
  return 'workload' in auth ? next() : auth
}
