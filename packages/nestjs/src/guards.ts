/** The guard of all routes, and that of one. */

import type { Authenticator, Awaitable, FrameworkBinding, Refused } from '@jobpass/core/adapter'
import { createGuard, nodeHeaderValues, nodeRequestHead } from '@jobpass/core/adapter'
import type { CanActivate, ExecutionContext } from '@nestjs/common'
import { Reflector } from '@nestjs/core'
import { WorkloadException } from './exception.ts'
import type { NestRequest } from './request.ts'
import { requestOf } from './request.ts'

export const binding: FrameworkBinding<NestRequest> = {
  place: 'the workload of the request',
  read: () => undefined,
  // `@Workload()` shows it.
  show: () => {},
  request: (request) => nodeRequestHead(request.raw ?? request, request.originalUrl),
  // Express replaces the prototype of each request, so requests do not share a hidden class.
  ownHiddenClass: true,
}

const reflector = new Reflector()

/** The name of what the decorators say of a handler or a class. */
export const callersKey = 'jobpass:callers'

/** Who may call: everyone, or callers whom each of these guards allows. */
export type Callers = 'everyone' | readonly RulesGuard[]

/** What a decorator says on a handler; else, on its class. */
function callersOf(context: ExecutionContext): Callers | undefined {
  return reflector.getAllAndOverride<Callers | undefined>(callersKey, [context.getHandler(), context.getClass()])
}

async function settle(outcome: Awaitable<Refused | undefined>): Promise<true> {
  const refused = await outcome
  if (refused !== undefined) throw new WorkloadException(refused.error())
  return true
}

/** Verifies the caller of every handler that is not public. */
export class VerifierGuard implements CanActivate {
  readonly #auth: Authenticator<NestRequest>
  /** The resolvers of one operation run at once, and share one verification. */
  readonly #running: WeakMap<object, Promise<true>> = new WeakMap()

  constructor(auth: Authenticator<NestRequest>) {
    this.#auth = auth
  }

  canActivate(context: ExecutionContext): Promise<boolean> | boolean {
    if (callersOf(context) === 'everyone') return true
    const request = requestOf(context)
    const running = this.#running.get(request) ?? settle(this.#verify(request))
    this.#running.set(request, running)
    return running
  }

  #verify(request: NestRequest): Awaitable<Refused | undefined> {
    return this.#auth.authenticate(request, nodeHeaderValues(request.raw ?? request, this.#auth.header))
  }
}

/** Applies one `@RequireWorkload(…)`. What a handler says replaces what its class says. */
export class RulesGuard implements CanActivate {
  readonly #guard: ReturnType<typeof createGuard>

  constructor(rules: readonly unknown[]) {
    this.#guard = createGuard(rules)
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const callers = callersOf(context)
    if (callers === 'everyone' || callers?.includes(this) === false) return true
    return settle(this.#guard(requestOf(context), context))
  }
}
