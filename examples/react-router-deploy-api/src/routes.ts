import type { RouteConfig } from '@react-router/dev/routes'
import { route } from '@react-router/dev/routes'

export default [route('healthz', 'healthz.ts'), route('deploy', 'deploy.ts')] satisfies RouteConfig
