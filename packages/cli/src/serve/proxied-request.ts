/** The request of a client, as a proxy describes it to a guard. */

import type { IncomingMessage } from 'node:http'
import type { FrameworkBinding } from '@jobpass/core/adapter'
import { nodeHeaderValues, nodeRequestHead } from '@jobpass/core/adapter'

/** A request that a proxy asks about. */
export class ProxiedRequest {
  /** The name of the guard that it is for. */
  readonly guard: string
  /** What the proxy sent. */
  readonly message: IncomingMessage

  constructor(guard: string, message: IncomingMessage) {
    this.guard = guard
    this.message = message
  }
}

const describedBy = ['x-forwarded-', 'x-original-'] as const

function described(message: IncomingMessage, what: 'method' | 'uri'): string | undefined {
  return describedBy.flatMap((prefix) => nodeHeaderValues(message, prefix + what))[0]
}

/** Envoy appends the target of the request to the URL of the guard, here behind a question mark. */
function appended(url: string | undefined): string | undefined {
  const target = url?.slice(url.indexOf('?') + 1)
  return target !== url && target?.startsWith('/') === true ? target : undefined
}

/**
 * How the verifier reads such a request. Method and path are for the log only: no rule sees them,
 * and a client can write those headers that its proxy does not.
 */
export const binding: FrameworkBinding<ProxiedRequest> = {
  place: 'the workload of the request',
  read: () => undefined,
  show: () => {},
  request: ({ message }) => {
    const { url, headers, rawHeaders } = message
    const method = described(message, 'method') ?? message.method
    return nodeRequestHead({ method, headers, rawHeaders }, described(message, 'uri') ?? appended(url) ?? url ?? '/')
  },
}

/** Whether a request came by a proxy, or has a credential. */
export function isForwarded({ rawHeaders }: IncomingMessage): boolean {
  return rawHeaders.some(
    (name, index) => index % 2 === 0 && /^(?:authorization$|via$|forwarded$|x-forwarded-|x-original-)/i.test(name),
  )
}
