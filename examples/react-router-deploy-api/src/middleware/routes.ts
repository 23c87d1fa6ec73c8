import type { RouteConfig } from '@react-router/dev/routes'
import { route } from '@react-router/dev/routes'

export default [
  route('runs', '../cases/ran-since.ts'),
  route('guarded', 'guarded.ts', [
    route('page', '../cases/traps/page.ts'),
    route('resource', '../cases/traps/resource.ts'),
  ]),
] satisfies RouteConfig
