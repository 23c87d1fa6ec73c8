/**
 * Finds Node's built-in modules at run time, so that core imports none and runs everywhere. Imports
 * nothing, as all files for Node only: bundles for browsers and Workers replace them.
 */

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
  const { process, navigator } = globalThis as Runtime
  const { node, bun, deno } = process?.versions ?? {}
  const imitates = bun !== undefined || deno !== undefined || navigator?.userAgent === 'Cloudflare-Workers'
  return node === undefined || imitates ? undefined : process?.getBuiltinModule?.(name)
}
