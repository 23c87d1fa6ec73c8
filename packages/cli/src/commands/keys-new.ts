/** `jobpass keys new`: flags and help. */

import type { Command } from '@stricli/core'
import { buildCommand } from '@stricli/core'
import type { Context } from '../context.ts'
import { algorithms } from '../keys/flags.ts'
import type { NewFlags } from '../keys/flags.ts'
import { keySetFile, keysJsonFlag } from './flags.ts'

/** The command. */
export const keysNew: Command<Context> = buildCommand<NewFlags, [string], Context>({
  loader: async () => (await import('../keys/run.ts')).runNew,
  parameters: {
    positional: { kind: 'tuple', parameters: [keySetFile] },
    flags: {
      algorithm: { kind: 'enum', values: algorithms, brief: 'The signature algorithm of the key', default: 'ES256' },
      json: keysJsonFlag,
    },
  },
  docs: {
    brief: 'Write a key set with one key, which signs at once',
    fullDescription: [
      'Writes a new file that only its owner can read. A file that exists stays as it is.',
      '',
      'EXAMPLES',
      '  jobpass keys new keys.json',
      '  jobpass keys new - --algorithm EdDSA > keys.json',
    ].join('\n'),
  },
})
