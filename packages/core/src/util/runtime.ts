/** Where this package runs. */

/** Whether this is Cloudflare Workers, where promises end with the request that created them. */
export function onWorkers(): boolean {
  return (
    (globalThis as { readonly navigator?: { readonly userAgent?: string } }).navigator?.userAgent ===
    'Cloudflare-Workers'
  )
}
