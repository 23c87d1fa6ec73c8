/** The caller of a GraphQL API: verified before a query is read, checked again by each field. */

import type { AnyWorkload, TrustRule, Verifier } from '@jobpass/core'
import { decide, fetchGuard } from '@jobpass/core'
import { createGraphQLError } from 'graphql-yoga'
import type { Plugin } from 'graphql-yoga'

export interface WorkloadContext<W extends AnyWorkload> {
  readonly workload: W
}

/**
 * Refuses requests before Yoga parses them, and puts the caller on the context. It covers every
 * request of the endpoint: queries, introspection, batches and subscriptions.
 */
export function useWorkload<W extends AnyWorkload>(
  verifier: Verifier<W>,
): Plugin<WorkloadContext<W>, WorkloadContext<W>> {
  const guard = fetchGuard(verifier)
  return {
    onRequest: async (event) => {
      const auth = await guard(event.request)
      if ('workload' in auth) Object.assign(event.serverContext, { workload: auth.workload })
      else event.endResponse(auth)
    },
  }
}

/** Throws an error that clients can read unless a rule allows the caller of a field. */
export function requireRule<W extends AnyWorkload>({ workload }: WorkloadContext<W>, rule: TrustRule<W>): W {
  if (decide(rule, workload).allowed) return workload
  throw createGraphQLError('No rule allows this workload.', {
    extensions: { code: 'workload_forbidden', http: { status: 403 } },
  })
}
