/** The options of the verifier, which every version of the policy has. */

import type { KeySnapshots, VerdictEvent } from '@jobpass/core'
import { errorCodes, explain } from '@jobpass/core'
import type { Context } from '../context.ts'
import type { ServeFlags } from './flags.ts'
import type { Log, LogEntry } from './log.ts'
import type { Metrics } from './metrics.ts'
import type { VersionOptions } from './policy-version.ts'
import type { ProxiedRequest } from './proxied-request.ts'

/** Makes the options. What happens is counted, and refusals are logged. */
export function verifierOptions(
  context: Context,
  { audience, strict, maxTokenAge }: ServeFlags,
  metrics: Metrics,
  log: Log,
): VersionOptions['verifier'] {
  return {
    audience,
    strict,
    fetch: context.fetch,
    ...(maxTokenAge !== undefined && { maxTokenAge }),
    keySnapshot: keysInMemory(),
    onVerdict: (event) => {
      // The binding gives every event its request.
      const { guard } = (event.request as { readonly raw: unknown }).raw as ProxiedRequest
      metrics.decided(event, guard)
      if (!event.allowed) log(refusalEntry(event, guard))
    },
    onKeys: (event) => {
      metrics.keys(event)
      const { issuer, reason } = event
      if (event.event === 'failed') log({ event: 'keys', issuer, message: `no new keys of ${issuer}: ${reason}` })
    },
    onWarning: (message) => log({ event: 'warning', message }),
  }
}

/** Keeps the keys of issuers, so that a new version of the policy begins with them. */
function keysInMemory(): KeySnapshots {
  const kept = new Map<string, Awaited<ReturnType<KeySnapshots['get']>>>()
  return {
    get: (issuer) => kept.get(issuer),
    set: (issuer, snapshot) => void kept.set(issuer, snapshot),
  }
}

function refusalEntry(event: VerdictEvent, guard: string): LogEntry {
  const { layer, code, request, workload, reported } = event
  return {
    event: 'refused',
    guard,
    layer,
    code,
    status: code && errorCodes[code].status,
    method: request?.method,
    path: request?.path,
    provider: workload?.provider,
    repository: workload?.repository,
    // What the rules that only report would have done.
    reported: reported?.allowed,
    message: `${guard}: ${explain(event)}`,
  }
}
