/** Guards of the methods of a service. Copy this file. */

import type { JsonObject } from '@bufbuild/protobuf'
import { fromJson } from '@bufbuild/protobuf'
import { StructSchema } from '@bufbuild/protobuf/wkt'
import type { ContextKey, HandlerContext, Interceptor } from '@connectrpc/connect'
import { Code, ConnectError, createContextKey } from '@connectrpc/connect'
import type { AnyWorkload, FetchGuard } from '@jobpass/core'

const request: ContextKey<Request | undefined> = createContextKey<Request | undefined>(undefined)

/** The request that a guard admitted, for `getWorkload`. */
export function requestOf({ values }: HandlerContext): Request {
  const admitted = values.get(request)
  if (admitted === undefined) throw new ConnectError('The method has no guard', Code.Internal)
  return admitted
}

/** The interceptor of a method, a service or a router: refused callers get an error of Connect. */
export function requireWorkload(guard: FetchGuard<AnyWorkload>): Interceptor {
  return (next) => async (call) => {
    const given = new Request(call.url, { method: call.requestMethod, headers: call.header })
    const auth = await guard(given)
    if (!('workload' in auth)) throw await errorOf(auth)
    call.contextValues.set(request, given)
    return next(call)
  }
}

const codes: Readonly<Record<number, Code>> = {
  400: Code.InvalidArgument,
  401: Code.Unauthenticated,
  403: Code.PermissionDenied,
  503: Code.Unavailable,
}

/** The error of a refusal, with its challenge as metadata and its problem document as a detail. */
async function errorOf(refusal: Response): Promise<ConnectError> {
  const problem = (await refusal.json()) as JsonObject & { readonly detail: string }
  const headers = Object.fromEntries(
    ['www-authenticate', 'retry-after', 'cache-control'].flatMap((name) => {
      const value = refusal.headers.get(name)
      return value === null ? [] : [[name, value] as const]
    }),
  )
  const detail = { desc: StructSchema, value: fromJson(StructSchema, problem) }
  return new ConnectError(problem.detail, codes[refusal.status] ?? Code.Internal, headers, [detail])
}
