/** The routes of a conformance app, and how a middleware's refusals are recovered from. */

import type { ConformanceApp } from '@jobpass/testing/conformance'

/** The routes of an app: method in lower case, path, and the rules of each guard. */
export const routesOf = (
  routes: ConformanceApp['routes'],
): [method: string, path: string, guards: (readonly never[])[]][] =>
  Object.entries(routes).map(([route, guards]) => {
    const [method = '', path = ''] = route.split(' ')
    return [method.toLowerCase(), path, guards as unknown as (readonly never[])[]]
  })

export /** Runs a middleware, and continues without it if it throws before calling next. */
const recovering =
  <C>(step: (context: C, next: () => Promise<void>) => unknown) =>
  async (context: C, next: () => Promise<void>): Promise<void> => {
    let passed = false
    const once = (): Promise<void> => {
      passed = true
      return next()
    }
    try {
      await step(context, once)
    } catch (error) {
      if (passed) throw error
      await next()
    }
  }
