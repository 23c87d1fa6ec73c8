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
export function nodeModule(name: 'node:crypto' | 'node:timers'): unknown {
  const { process } = globalThis as Runtime
  const { node, bun, deno } = process?.versions ?? {}
  if (node === undefined || bun !== undefined || deno !== undefined || onWorkers()) return undefined
  return process?.getBuiltinModule?.(name)
}

/** Whether this is Cloudflare Workers, where promises end with the request that created them. */
export function onWorkers(): boolean {
  return (globalThis as Runtime).navigator?.userAgent === 'Cloudflare-Workers'
}
