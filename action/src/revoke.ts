/** Revocation of the service token, so that it ends with the job. */

/** Milliseconds that the exchange has: the job waits for it. */
const timeout = 10_000

/**
 * The revocation endpoint (RFC 7009) beside a token endpoint: `…/token` → `…/revoke`, as
 * `@jobpass/exchange` has it.
 */
export function revocationUrlOf(exchangeUrl: string): string {
  return new URL('revoke', exchangeUrl).href
}

/** Revokes a token; returns why that failed, or `undefined`. */
export async function revoke(url: string, token: string): Promise<string | undefined> {
  try {
    const { ok, status } = await fetch(url, {
      method: 'POST',
      body: new URLSearchParams({ token, token_type_hint: 'access_token' }),
      // A redirect would send the token to an address that the workflow does not name.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeout),
    })
    return ok ? undefined : `${url} answered ${status}`
  } catch {
    return `${url} cannot be reached`
  }
}
