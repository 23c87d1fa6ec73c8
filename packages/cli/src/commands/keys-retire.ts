/** `jobpass keys retire`: flags and help. */

import type { Command } from '@stricli/core'
import { buildCommand } from '@stricli/core'
import type { Context } from '../context.ts'
import type { RetireFlags } from '../keys/flags.ts'
import { keySetFile, keysJsonFlag } from './flags.ts'

/** The command. */
export const keysRetire: Command<Context> = buildCommand<RetireFlags, [string], Context>({
  loader: async () => (await import('../keys/run.ts')).runRetire,
  parameters: { positional: { kind: 'tuple', parameters: [keySetFile] }, flags: { json: keysJsonFlag } },
  docs: {
    brief: 'Replace all keys and secrets at once, after a theft',
    fullDescription: [
      'Replaces the keys by a new one, which signs at once, and the nonce secrets: a thief of one key has',
      'read all of the set. Good tokens of the keys are refused as well, so jobs exchange again.',
      '',
      'Exit codes: 0 written, 1 the file is being changed, 3 no key set.',
      '',
      'EXAMPLES',
      '  jobpass keys retire keys.json',
    ].join('\n'),
  },
})
