/** The caller of a request, kept by the object that is the request in its framework. Nothing found on a request itself is ever believed. */

import type { VerifiedCall } from './call.ts'
import { recognize } from '../util/copies.ts'
import { Given } from '../util/registry.ts'

/** A verified call, and the verifier that let it in. */
export interface Caller extends VerifiedCall {
  readonly verifier: object
}

/** The mark of a request whose caller is known. */
class Marked extends Given {
  #caller: Caller | undefined

  static get(request: object): Caller | undefined {
    return #caller in request ? request.#caller : undefined
  }

  static set(request: object, caller: Caller | undefined): void {
    const marked = #caller in request ? request : new Marked(request)
    marked.#caller = caller
  }
}

/** The same for requests each of which has a form of its own, so that a mark would cost a form more. */
const listed = new WeakMap<object, Caller>()

/** The caller of a request, or `undefined` where no verifier of this copy let one in. */
export const callerOf = (request: object): Caller | undefined => Marked.get(request) ?? listed.get(request)

/** Remembers the caller of a request, or forgets it; `unalike` where each request has a form of its own. */
export function keepCaller(request: object, caller: Caller | undefined, unalike: boolean): void {
  if (!unalike) Marked.set(request, caller)
  else if (caller === undefined) listed.delete(request)
  else listed.set(request, caller)
}

recognize((value) => typeof value === 'object' && value !== null && callerOf(value) !== undefined)
