/** `jobpass keys new`, `rotate` and `retire`: the way to them, and help. */

import type { RouteMap } from '@stricli/core'
import { buildRouteMap } from '@stricli/core'
import type { Context } from '../context.ts'
import { keysNew } from './keys-new.ts'
import { keysRetire } from './keys-retire.ts'
import { keysRotate } from './keys-rotate.ts'

/** The commands. */
export const keys: RouteMap<Context> = buildRouteMap<'new' | 'rotate' | 'retire', Context>({
  routes: { new: keysNew, rotate: keysRotate, retire: keysRetire },
  docs: {
    brief: 'Make and rotate the signing keys of an exchange',
    fullDescription: [
      'A key set is a JSON file with the signing keys of an exchange, their dates and its nonce secrets.',
      'All processes of the exchange read it once a minute. With - for the file, the key set is read from',
      'standard input and written to standard output, for secret managers. Nothing else prints secrets.',
      '',
      'EXAMPLES',
      '  jobpass keys new keys.json',
      '  jobpass keys rotate keys.json --in 2h',
      '  jobpass keys retire keys.json',
    ].join('\n'),
  },
})
