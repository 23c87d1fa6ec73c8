/** Finds Node's built-in modules at run time, so that core imports none and runs everywhere. */

interface Runtime {
  readonly process?: {
    readonly versions?: Readonly<Record<string, string | undefined>>
    getBuiltinModule?(name: string): unknown
  }
  readonly navigator?: { readonly userAgent?: string }
}

/**
 * A built-in module of Node; `undefined` on all other runtimes, even those that imitate Node: their
 * imitations are neither measured nor tested.
 */
export function nodeModule(name: 'node:buffer' | 'node:crypto' | 'node:timers'): unknown {
  const { process } = globalThis as Runtime
  const { node, bun, deno } = process?.versions ?? {}
  if (node === undefined || bun !== undefined || deno !== undefined || onWorkers()) return undefined
  return process?.getBuiltinModule?.(name)
}

/** Whether this is Cloudflare Workers, where promises end with the request that created them. */
export function onWorkers(): boolean {
  return (globalThis as Runtime).navigator?.userAgent === 'Cloudflare-Workers'
}

/** What is wrong with a version of Node; `undefined` for a supported one, and on other runtimes. */
export function nodeFault(versions: Readonly<Record<string, string | undefined>> | undefined): string | undefined {
  const { node, bun, deno } = versions ?? {}
  const [major = 0, minor = 0] = (node ?? '').split('.').map(Number)
  if (node === undefined || bun !== undefined || deno !== undefined) return undefined
  return major > 20 || (major === 20 && minor >= 19) ? undefined : `jobpass needs Node 20.19 or newer, not ${node}`
}

const fault = nodeFault((globalThis as Runtime).process?.versions)
// At import, since an older Node would fail later, at a request, and name a missing function.
if (fault !== undefined) throw new Error(fault)
