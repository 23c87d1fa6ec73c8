/** `tools/list` by caller. */

import { mayCall } from './require-workload.ts'

/** The parts of `McpServer` that both versions of the SDK have, and that are used here. */
interface ToolServer {
  registerTool(...args: never[]): RegisteredTool
  readonly server: {
    setRequestHandler(...args: never[]): void
    assertCanSetRequestHandler(method: string): void
  }
}

interface RegisteredTool {
  readonly handler: unknown
}

type Register = (...args: readonly unknown[]) => RegisteredTool
type SetHandler = (...args: readonly unknown[]) => void
type Handle = (request: unknown, context: object) => unknown

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
  const { server } = mcpServer
  try {
    server.assertCanSetRequestHandler('tools/list')
  } catch (cause) {
    throw new TypeError(
      'listAllowedTools() comes before the tools: call it on the new McpServer, whose options declare no tools',
      { cause },
    )
  }
  const tools = new Map<unknown, RegisteredTool>()
  replace(mcpServer, 'registerTool', (register: Register): Register => (name, ...rest) => {
    const tool = register(name, ...rest)
    tools.set(name, tool)
    return tool
  })
  replace(server, 'setRequestHandler', (set: SetHandler): SetHandler => (...args) => {
    const handle = args.at(-1) as Handle
    const filtered: Handle = async (request, context) => {
      const result = await handle(request, context)
      if ((request as { readonly method?: unknown }).method !== 'tools/list') return result
      const { tools: all } = result as { readonly tools: readonly { readonly name: string }[] }
      const allowed = await Promise.all(all.map(({ name }) => mayCall(tools.get(name)?.handler, context)))
      // A cache must not answer other callers with this list.
      return { ...(result as object), tools: all.filter((_, index) => allowed[index]), cacheScope: 'private' }
    }
    set(...args.slice(0, -1), filtered)
  })
  return mcpServer
}

function replace<F>(object: object, name: string, wrap: (method: F) => F): void {
  const methods = object as Record<string, (...args: unknown[]) => unknown>
  methods[name] = wrap((methods[name] as () => unknown).bind(object) as F) as never
}
