import type { RouteConfig } from '@react-router/dev/routes'
import { prefix, route } from '@react-router/dev/routes'

export default [
  route('runs', 'ran-since.ts'),
  ...prefix('guarded', [
    route('resource', 'guarded/resource.ts'),
    route('stream', 'guarded/stream.ts'),
    route('throws', 'guarded/throws.ts'),
    route('page', 'guarded/page.ts'),
    route(':environment', 'guarded/environment.ts', [route('deploy', 'guarded/deploy.ts')]),
  ]),
  ...prefix('traps', [
    route('parent', 'traps/parent.ts', [route('page', 'traps/page.ts'), route('resource', 'traps/resource.ts')]),
    route('express', 'traps/express.ts'),
    route('middleware', 'traps/middleware.ts'),
  ]),
] satisfies RouteConfig
