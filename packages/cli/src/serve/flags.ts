/** The flags of `jobpass serve`. */

/** The flags. */
export interface ServeFlags {
  /** The names of the API. */
  readonly audience: readonly string[]
  /** The set of rules of the option `trust`. */
  readonly trust?: string
  /** The issuer of rules that name none. */
  readonly issuer?: string
  /** Whether every rule must be pinned by ids. */
  readonly strict: boolean
  /** The maximum age of a token, in seconds. */
  readonly maxTokenAge?: number
  /** How the upstream gets the identity. */
  readonly identity: 'headers' | 'jwt'
  /** Files with private keys: the first one signs, and all are published. */
  readonly key?: readonly string[]
  /** The audience of signed identities. */
  readonly upstream?: string
  /** The address to listen on. */
  readonly host: string
  /** The port to listen on. */
  readonly port: number
  /** Whether the log is JSON. */
  readonly json: boolean
}
