import { mayDeploy } from '../guards.ts'

/** Guards one path. Handlers are reached by other ways too. */
export async function proxy(request: Request): Promise<Response | undefined> {
  const auth = await mayDeploy(request)
  return 'workload' in auth ? undefined : auth
}

export const config = { matcher: '/behind-proxy' }
