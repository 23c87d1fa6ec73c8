/** The input of every server of the comparison. */

import type { Server } from 'node:http'
import type { JsonWebKey } from 'node:crypto'
import type { JSONWebKey } from '@jobpass/core'

export interface World {
  readonly jwk: JSONWebKey & { readonly kid: string }
  /** URL of the same key, for servers that fetch it. */
  readonly jwksUri: string
  /** Private key of the exchange, if one is measured. */
  readonly serviceKey?: JsonWebKey
}

/** Makes a server that is not listening yet, with the single route `/deploy`. */
export type MakeServer = (world: World) => Server | Promise<Server>

/** Servers by name. Those that guard their route answer 401 without a token. */
export interface Servers {
  readonly open: Readonly<Record<string, MakeServer>>
  readonly guarded: Readonly<Record<string, MakeServer>>
}
