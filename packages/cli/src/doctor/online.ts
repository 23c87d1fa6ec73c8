/** Whether the issuers of a policy answer, with usable keys, and agree about the time. */

import { createVerifier, memoryReplayStore } from '@jobpass/core'
import type { KeyEvent } from '@jobpass/core'
import type { Policy } from '@jobpass/policy'
import type { Context } from '../context.ts'
import { anyAudience, enforcedRules } from '../policy/start-problem.ts'
import type { Check } from './check.ts'
import type { Reading } from './clock.ts'
import { checkClock, readClock } from './clock.ts'

type KeyReport = Awaited<ReturnType<ReturnType<typeof createVerifier>['ready']>>[number]

/** Fetches the documents of each issuer, as a server does at its start. */
export async function checkIssuers(context: Pick<Context, 'fetch' | 'now'>, policy: Policy): Promise<readonly Check[]> {
  const events: KeyEvent[] = []
  const clocks = new Map<string, Reading>()
  const verifier = createVerifier({
    audience: anyAudience,
    trust: enforcedRules(policy),
    replay: { store: memoryReplayStore() },
    fetch: async (input, init) => {
      const sent = context.now()
      const answer = await context.fetch(input, init)
      const url = input instanceof Request ? input.url : String(input)
      const reading = readClock(answer.headers, sent, context.now())
      if (reading !== undefined) clocks.set(url, reading)
      return answer
    },
    onKeys: (event) => events.push(event),
    onWarning: () => {},
  })
  const reports = await verifier.ready()
  return reports.flatMap((report) => [keyCheck(report, events), ...checkClock(report.issuer, clocks)])
}

function keyCheck({ issuer, ready, keys, reason }: KeyReport, events: readonly KeyEvent[]): Check {
  if (!ready)
    return {
      name: 'keys',
      status: 'unreachable',
      text: `${issuer}: no keys, ${reason ?? 'without a reason'}`,
      fix: 'check name, proxy and firewall; see https://jobpass.github.io/jobpass/operations/keys',
    }
  const skipped = events.flatMap((event) => (event.issuer === issuer ? (event.skipped ?? []) : []))
  const note = skipped.length === 0 ? '' : `, and ${skipped.length} that cannot verify signatures here`
  return { name: 'keys', status: 'ok', text: `${issuer}: ${keys} ${keys === 1 ? 'key' : 'keys'}${note}` }
}
