/** tRPC with guards for procedures. Copy this file. */

import type { FetchGuard, Problem } from '@jobpass/core'
import { WorkloadAuthError } from '@jobpass/core'
import { initTRPC, TRPCError } from '@trpc/server'

const codes: Readonly<Record<number, TRPCError['code']>> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  503: 'SERVICE_UNAVAILABLE',
}

const refusalOf = ({ cause }: TRPCError) => (cause instanceof WorkloadAuthError ? cause : undefined)

/** The builder of procedures. A refusal shows its problem document as `error.data.problem`. */
export const t = initTRPC.context<{ readonly request: Request }>().create({
  errorFormatter: ({ shape, error }) => {
    const problem: Problem | undefined = refusalOf(error)?.problem
    return { ...shape, data: { ...shape.data, problem } }
  },
})

/** Admits a call by a guard that throws (`errors: 'throw'`), with its caller as `ctx.workload`. */
export const requireWorkload = <W>(guard: FetchGuard<W>) =>
  t.middleware(async ({ ctx, next }) => {
    const auth = await guard(ctx.request).catch((cause: unknown) => {
      const code = cause instanceof WorkloadAuthError ? codes[cause.status] : undefined
      throw new TRPCError({ code: code ?? 'INTERNAL_SERVER_ERROR', cause })
    })
    if (!('workload' in auth)) throw new TypeError("requireWorkload() needs a verifier with errors: 'throw'")
    return next({ ctx: { workload: auth.workload } })
  })

/** The challenge of the first refusal, as headers: for `responseMeta` of a handler. */
export function challengeOf({ errors }: { readonly errors: readonly TRPCError[] }): { headers?: Headers } {
  const refusal = errors.map(refusalOf).find((each) => each !== undefined)
  if (refusal === undefined) return {}
  const headers = new Headers(refusal.headers)
  // The body is a document of tRPC, with the problem in it.
  headers.delete('content-type')
  return { headers }
}
