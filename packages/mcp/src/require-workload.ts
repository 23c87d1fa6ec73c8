/** The guard of a tool. */

import type { AnyWorkload, TrustRule } from '@jobpass/core'
import type { GuardRules, RuleResolver } from '@jobpass/core/adapter'
import { createGuard } from '@jobpass/core/adapter'
import { callOf } from '@jobpass/core/internal'
import { askAbout, callerOf, passCall } from './pass-call.ts'

/** Arguments of a tool, as its input schema read them. */
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

/**
 * Makes the guard of a tool. Takes rules, of which one must allow the caller, or a function that
 * finds them: it gets the arguments of the tool, which are `undefined` while tools are listed. The
 * handler of a refused caller does not run. The model reads the refusal: the problem document of a
 * 403, as the text of a result with `isError`.
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
      // Handlers of tools without input get the context only.
      const context = args.at(-1) as object
      const caller = callerOf(context)
      if (caller === undefined) throw new Error('This tool is for CI jobs, and the caller has no token of one')
      if (callOf(context) === undefined) passCall(caller, context)
      const refused = await guard(context, args.length > 1 ? args[0] : undefined)
      if (refused === undefined) return (handler as unknown as Handler)(...args)
      if (refused.throws) throw refused.error()
      return { isError: true, content: [{ type: 'text', text: refused.body }] }
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
