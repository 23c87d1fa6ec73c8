/** The guard of a tool, a prompt or a resource. */

import type { AnyWorkload, TrustRule } from '@jobpass/core'
import type { GuardRules, RuleResolver } from '@jobpass/core/adapter'
import { createGuard } from '@jobpass/core/adapter'
import { callOf } from '@jobpass/core/internal'
import { askAbout, callerOf, passCall } from './pass-call.ts'

/**
 * Arguments of a tool or a prompt, as its input schema read them, or the variables of a resource
 * template.
 */
export type ToolArguments = Readonly<Record<string, unknown>>

/**
 * Guards a handler: it runs only for callers that the rules allow.
 *
 * @typeParam H The type of the handler, which stays the same.
 */
export type ToolGuard = <H extends (...args: never[]) => unknown>(handler: H) => H

type Handler = (...args: readonly unknown[]) => unknown

/** Whether the caller may call a tool. Claims and reports nothing. */
type Ask = (context: object) => Promise<boolean>

const asks = new WeakMap<object, Ask>()

/**
 * Whether the caller of a list may call a tool with this handler. Everyone who passed the gate may
 * call a handler without a guard.
 */
export async function mayCall(handler: unknown, context: object): Promise<boolean> {
  return (await asks.get(handler as object)?.(context)) ?? true
}

/** JSON-RPC 2.0 §5.1: what is answered to a request that the server does not take. */
const invalidRequest = -32_600

/**
 * A refused call. `McpServer` makes the message of an error into a result with `isError` where a
 * tool threw it, and into an error of JSON-RPC where a prompt or a resource did.
 */
class CallRefused extends Error {
  readonly code: number = invalidRequest
  override readonly name: string = 'CallRefused'
}

/**
 * Makes the guard of a tool, a prompt or a resource. Takes rules, of which one must allow the
 * caller, or a function that finds them: it gets the arguments of the call, which are `undefined`
 * while tools are listed. The handler of a refused caller does not run. The model reads the
 * refusal, the problem document of a 403: as the text of a result with `isError` for a tool, and as
 * the message of a JSON-RPC error for a prompt or a resource.
 *
 * @throws {TypeError} for anything except a rule.
 *
 * @example
 * ```ts
 * const mayDeploy = requireWorkload(githubActions({ repository: 'acme/shop', branch: 'main' }))
 * const server = new McpServer({ name: 'deployments', version: '1.0.0' })
 * server.registerTool(
 *   'deploy',
 *   { description: 'Deploys the commit of the job that calls' },
 *   mayDeploy((ctx) => {
 *     const { commit } = getWorkload(ctx)
 *     return { content: [{ type: 'text', text: `deployed ${commit}` }] }
 *   }),
 * )
 * ```
 */
export function requireWorkload(
  ...rules: GuardRules | readonly [RuleResolver<TrustRule<AnyWorkload>, ToolArguments | undefined>]
): ToolGuard {
  const guard = createGuard(rules)
  return (handler) => {
    const guarded: Handler = async (...args) => {
      // Handlers without input get the context only.
      const context = args.at(-1) as object
      const caller = callerOf(context)
      if (caller === undefined) throw new CallRefused('This is for CI jobs, and the caller has no token of one')
      if (callOf(context) === undefined) passCall(caller, context)
      // A resource template gets its address before its variables.
      const refused = await guard(context, args.at(-2))
      if (refused === undefined) return (handler as unknown as Handler)(...args)
      if (refused.throws) throw refused.error()
      throw new CallRefused(refused.body)
    }
    asks.set(guarded, async (context) => {
      const caller = callerOf(context)
      if (caller === undefined) return false
      const asking = {}
      askAbout(caller, asking)
      return (await guard(asking, undefined)) === undefined && mayCall(handler, context)
    })
    return guarded as never
  }
}
