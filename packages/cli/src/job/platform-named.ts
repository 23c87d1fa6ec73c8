/** The platform that a user names. */

import { escapeForLog, nearest } from '@jobpass/core/internal'
import type { AnyProvider } from '@jobpass/policy/built-in'
import { providerById, providers } from '@jobpass/policy/built-in'
import { CommandError } from '../io/exit.ts'

/** The platform with an id. Throws an error that lists what may be meant. */
export function platformNamed(id: string): AnyProvider {
  const provider = providerById(id)
  if (provider !== undefined) return provider
  const ids = providers.map((each) => each.id)
  const near = nearest(id, ids)
  const help = near === undefined ? `known: ${ids.join(', ')}` : `did you mean ${near}?`
  throw new CommandError(`there is no platform ${escapeForLog(id)}; ${help}`)
}
