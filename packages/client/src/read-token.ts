/** What a token says of itself. The client does not verify tokens: the API does. */

/** The claims that the client reads. */
export interface TokenClaims {
  /** `aud` as a list. */
  readonly audiences: readonly string[]
  /** `exp`: seconds since 1970. */
  readonly expiresAt: number
}

/** Reads the claims of a JWT; `undefined` for other text, and for a token without `exp`. */
export function readToken(token: string): TokenClaims | undefined {
  const [, payload] = /^[\w-]+\.([\w-]+)\.[\w-]+$/.exec(token) ?? []
  if (payload === undefined) return undefined
  try {
    const binary = atob(payload.replaceAll('-', '+').replaceAll('_', '/'))
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0))
    const { aud, exp } = JSON.parse(new TextDecoder().decode(bytes)) as {
      readonly aud?: unknown
      readonly exp?: unknown
    }
    if (typeof exp !== 'number') return undefined
    const audiences = (Array.isArray(aud) ? aud : [aud]).filter((each) => typeof each === 'string')
    return { audiences, expiresAt: exp }
  } catch {
    return undefined
  }
}
