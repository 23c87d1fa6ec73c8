/** The flags of `jobpass dev and dev token`. */

/** The flags of `jobpass dev`. */
export interface DevFlags {
  /** The port. */
  readonly port: number
  /** The name of the API. */
  readonly audience: string
}

/** The flags of `jobpass dev token`. */
export interface DevTokenFlags {
  /** The port of the local issuer. */
  readonly port: number
  /** The trigger of the job. */
  readonly job?: string
  /** The branch of the job. */
  readonly branch?: string
  /** The event of the job. */
  readonly event?: string
  /** Claims and fields, each as `name=value` or `name:=json`. */
  readonly claim?: readonly string[]
  /** The name of the API. */
  readonly audience?: string
  /** Whether to print JSON. */
  readonly json: boolean
}
