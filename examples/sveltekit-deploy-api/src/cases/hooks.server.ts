/** A hook that guards by path, which is a trap, and one that records the errors that it sees. */

import { building } from '$app/environment'
import type { Handle, HandleServerError } from '@sveltejs/kit'
import { mayDeploy } from '../lib/server/guards.ts'
import { runs } from './runs.ts'

export const handle: Handle = async ({ event, resolve }) => {
  if (building || !/^\/traps\/(?:hook|prerendered)/.test(event.url.pathname)) return resolve(event)
  const auth = await mayDeploy(event.request)
  return 'workload' in auth ? resolve(event) : auth
}

export const handleError: HandleServerError = ({ status, event }) => {
  if (status !== 404) runs.push(`handleError ${event.url.pathname}`)
}
