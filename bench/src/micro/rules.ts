/** Cost of evaluating the rules of a route. */

import { createVerifier, decide } from '@jobpass/core'
import type { Subject } from '../measure/interleave.ts'
import { timed } from '../measure/interleave.ts'
import type { Rule } from '../rules.ts'
import { actionsWith, enteredRequests, guardOf, plainLoop, rulesByBranch, rulesByRepository } from '../rules.ts'
import type { BenchKey } from '../tokens.ts'
import { mint } from '../mint.ts'
import { audience, ownerId } from '../tokens.ts'

/** The subjects for lists of 1, 10 and 1,000 rules. */
export async function ruleSubjects(key: BenchKey): Promise<readonly Subject[]> {
  const provider = actionsWith(key)
  const requests = await enteredRequests(key, 4000)
  const workload = await createVerifier({ audience, trust: provider({ ownerId }) }).verify(mint(key))
  const counts = [1, 10, 1000]
  const kinds = [
    ...counts.map((count) => ({ name: rulesNamed(count), rules: rulesByRepository(provider, count) })),
    { name: '1,000 rules, all of the repository of the caller', rules: rulesByBranch(provider, 1000) },
  ]
  return [
    ...kinds.flatMap(({ name, rules }) => [
      guardAgain(`guard, caller seen before, ${name}`, rules, requests),
      guardAnew(`guard, caller new, ${name}`, rules, requests),
      timed(
        `decide(), ${name}`,
        () => rules,
        (list) => decide(list, workload),
      ),
    ]),
    ...counts.map((count) =>
      timed(`no package: a loop over plain objects, ${rulesNamed(count)}`, () => undefined, plainLoop(count)),
    ),
  ]
}

const rulesNamed = (count: number): string => (count === 1 ? '1 rule' : `${count.toLocaleString('en')} rules`)

/** The guard has a cached verdict for the identity. */
export function guardAgain(name: string, rules: readonly Rule[], [request = {}]: readonly object[]): Subject {
  return timed(name, () => request, guardOf(rules))
}

/**
 * Every call has an identity that is new to the guard; a new guard takes over once all were used.
 */
export function guardAnew(name: string, rules: readonly Rule[], [first = {}, ...requests]: readonly object[]): Subject {
  let guard: (request: object) => void = () => {}
  let met = requests.length
  const input = (): (() => void) => {
    if (met >= requests.length) {
      guard = guardOf(rules)
      // One-time preparation of a rule list is not part of a call.
      guard(first)
      met = 0
    }
    const ask = guard
    const request = requests[met++] ?? {}
    return () => ask(request)
  }
  return timed(name, input, (call) => call())
}
