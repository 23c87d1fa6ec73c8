/** `jobpass dev` and `jobpass dev token`: the way to them, and help. */

import type { RouteMap } from '@stricli/core'
import { buildRouteMap } from '@stricli/core'
import type { Context } from '../context.ts'
import { devStart } from './dev-start.ts'
import { devToken } from './dev-token.ts'

/** The commands. */
export const dev: RouteMap<Context> = buildRouteMap<'start' | 'token', Context>({
  routes: { start: devStart, token: devToken },
  defaultCommand: 'start',
  docs: {
    brief: 'Try an API before any CI exists: a local issuer, and its tokens',
    fullDescription: [
      'Starts a local issuer that imitates a platform, and prints the lines to paste into an API and a',
      'shell. `jobpass dev PLATFORM` is short for `jobpass dev start PLATFORM`.',
      '',
      'EXAMPLES',
      '  jobpass dev',
      '  jobpass dev gitlab',
      '  jobpass dev token --branch release',
    ].join('\n'),
  },
})
