/** Cost of a request by the number of rules of its route. */

import type { Rounds } from '../measure/interleave.ts'
import { timed } from '../measure/interleave.ts'
import { guardAgain, guardAnew } from '../micro/rules.ts'
import { actionsWith, enteredRequests, plainLoop, rulesByBranch, rulesByRepository } from '../rules.ts'
import { makeKey } from '../tokens.ts'
import type { Curve } from './curve.ts'
import { curve } from './curve.ts'

export async function byRules(sizes: readonly number[], rounds: Rounds): Promise<Curve> {
  const key = makeKey('RS256')
  const provider = actionsWith(key)
  const requests = await enteredRequests(key, 4000)
  return curve(
    { title: 'The rules of a route by their number', x: 'rules' },
    sizes,
    (size) => [
      guardAgain('guard, caller seen before', rulesByRepository(provider, size), requests),
      guardAnew('guard, caller new', rulesByRepository(provider, size), requests),
      guardAnew('guard, caller new, one repository', rulesByBranch(provider, size), requests),
      timed('no package: loop over objects', () => undefined, plainLoop(size)),
    ],
    rounds,
  )
}
