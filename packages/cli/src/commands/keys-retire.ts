/** `jobpass keys retire`: flags and help. */

import type { Command } from '@stricli/core'
import { buildCommand } from '@stricli/core'
import type { Context } from '../context.ts'
import type { RetireFlags } from '../keys/flags.ts'
import { keySetFile, keysJsonFlag, text } from './flags.ts'

/** The command. */
export const keysRetire: Command<Context> = buildCommand<RetireFlags, [string, string], Context>({
  loader: async () => (await import('../keys/run.ts')).runRetire,
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [keySetFile, { parse: text, brief: 'The id of the key', placeholder: 'KID' }],
    },
    flags: { json: keysJsonFlag },
  },
  docs: {
    brief: 'Withdraw a key at once, such as one that was stolen',
    fullDescription: [
      'Removes a key, and replaces the nonce secrets. Good tokens of the key are refused as well: jobs',
      'exchange again. Another key of the set signs from now on; the last key is replaced by a new one.',
      '',
      'Exit codes: 0 written, 1 the file is being changed, 3 no key set, or no such key.',
      '',
      'EXAMPLES',
      '  jobpass keys retire keys.json KvfXbQoHt0Wc4EgDGZnN0Aq2u1lCq8rXbkmUeBfMVVk',
    ].join('\n'),
  },
})
