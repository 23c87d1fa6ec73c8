/** Which versions of Node are supported. For Node only. */

/** What is wrong with a version of Node; `undefined` for a supported one, and on other runtimes. */
export function nodeFault(versions: Readonly<Record<string, string | undefined>> | undefined): string | undefined {
  const { node, bun, deno } = versions ?? {}
  const [major = 0, minor = 0] = (node ?? '').split('.').map(Number)
  if (node === undefined || bun !== undefined || deno !== undefined) return undefined
  return major > 20 || (major === 20 && minor >= 19) ? undefined : `jobpass needs Node 20.19 or newer, not ${node}`
}
