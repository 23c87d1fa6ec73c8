/** `tools/list` by caller. */

import { mayCall } from './require-workload.ts'

/** The parts of `McpServer` that both versions of the SDK have, and that are used here. */
interface ToolServer {
  registerTool: (...args: never[]) => { readonly handler: unknown }
  readonly server: {
    setRequestHandler: (...args: never[]) => void
    assertCanSetRequestHandler: (method: string) => void
  }
}

type Handler = (request: { readonly method?: unknown }, context: object) => unknown

/**
 * Makes a server list only the tools that the caller may call: those whose handlers
 * `requireWorkload` does not guard, or whose rules allow the caller. Call it before tools are
 * registered. Returns the server.
 *
 * @throws {TypeError} for a server that has tools already.
 *
 * @example
 * ```ts
 * const server = listAllowedTools(new McpServer({ name: 'deployments', version: '1.0.0' }))
 * ```
 */
export function listAllowedTools<S extends ToolServer>(mcpServer: S): S {
  const { server }: ToolServer = mcpServer
  try {
    server.assertCanSetRequestHandler('tools/list')
  } catch (cause) {
    throw new TypeError(
      'listAllowedTools() comes before the tools: call it on the new McpServer, whose options declare no tools',
      { cause },
    )
  }
  const tools = new Map<unknown, { readonly handler: unknown }>()
  const register = mcpServer.registerTool.bind(mcpServer)
  const setHandler = server.setRequestHandler.bind(server)
  const registering: ToolServer = mcpServer
  registering.registerTool = (...args) => {
    const tool = register(...args)
    tools.set(args[0], tool)
    return tool
  }
  server.setRequestHandler = (...args) => {
    const handler = args.at(-1) as unknown as Handler
    const filtered: Handler = async (request, context) => {
      const result = await handler(request, context)
      if (request.method !== 'tools/list') return result
      const list = result as { readonly tools: readonly { readonly name: string }[] }
      const allowed = await Promise.all(list.tools.map(({ name }) => mayCall(tools.get(name)?.handler, context)))
      // A cache must not answer other callers with this list.
      return { ...list, tools: list.tools.filter((_, index) => allowed[index]), cacheScope: 'private' }
    }
    setHandler(...args.slice(0, -1), filtered as never)
  }
  return mcpServer
}
