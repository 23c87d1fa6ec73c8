/** What every server of the comparison is given. */

import type { Server } from 'node:http'
import type { JsonWebKey } from 'node:crypto'
import type { JSONWebKey } from '@jobpass/core'

export interface World {
  readonly jwk: JSONWebKey & { readonly kid: string }
  /** The same key, for those that fetch. */
  readonly jwksUri: string
  /** The private key of the exchange, where one is measured. */
  readonly serviceKey?: JsonWebKey
}

/** Makes a server that is not listening yet; `/deploy` is its one route. */
export type MakeServer = (world: World) => Server | Promise<Server>

/** Servers by name. Those that guard their route answer 401 without a token. */
export interface Servers {
  readonly open: Readonly<Record<string, MakeServer>>
  readonly guarded: Readonly<Record<string, MakeServer>>
}
