/** What a request carries: a token, and whatever proves that the job may use it. */

/** A token, and how a request carries it. */
export interface Credential {
  /** The token. */
  readonly token: string
  /** The headers of a request with it. */
  headers(method: string, url: URL): Promise<Readonly<Record<string, string>>>
  /** Reads an answer. Returns whether the same request must be sent again, as it says now. */
  mustRepeat?(answer: Response): boolean
}

/** Where credentials come from. */
export interface CredentialSource {
  /** The current credential. */
  get(wait?: { readonly signal?: AbortSignal }): Promise<Credential>
  /** A new one, after the API refused the current one. */
  renew(wait?: { readonly signal?: AbortSignal }): Promise<Credential>
}

/** A token that works for anyone who has it (RFC 6750). */
export function bearer(token: string): Credential {
  return {
    token,
    headers: async () => ({ authorization: `Bearer ${token}` }),
  }
}
