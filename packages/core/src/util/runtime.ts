/** Node's own modules, where the runtime is Node: found at run time, so that core imports none and runs everywhere. */

interface Runtime {
  readonly process?: {
    readonly versions?: Readonly<Record<string, string | undefined>>
    getBuiltinModule?(name: string): unknown
  }
  readonly navigator?: { readonly userAgent?: string }
}

/** A built-in module of Node; `undefined` on every other runtime, those that imitate Node included: their imitations are not what was measured and tested. */
export function nodeModule(name: 'node:crypto' | 'node:timers'): unknown {
  const { process } = globalThis as Runtime
  const { node, bun, deno } = process?.versions ?? {}
  if (node === undefined || bun !== undefined || deno !== undefined || onWorkers()) return undefined
  return process?.getBuiltinModule?.(name)
}

/** Whether this is Cloudflare's runtime, where work that one request started ends with it. */
export function onWorkers(): boolean {
  return (globalThis as Runtime).navigator?.userAgent === 'Cloudflare-Workers'
}
