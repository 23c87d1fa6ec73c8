import { error } from '@sveltejs/kit'
import type { ServerLoad } from '@sveltejs/kit'
import { mayDeploy } from '../../../../lib/server/guards.ts'

export const load: ServerLoad = async ({ request }) => {
  const auth = await mayDeploy(request)
  if (!('workload' in auth)) error(auth.status, 'refused')
}
