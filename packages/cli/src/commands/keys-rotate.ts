/** `jobpass keys rotate`: flags and help. */

import type { Command } from '@stricli/core'
import { buildCommand } from '@stricli/core'
import type { Context } from '../context.ts'
import { algorithms, startFlag } from '../keys/flags.ts'
import type { RotateFlags } from '../keys/flags.ts'
import { keySetFile, keysJsonFlag } from './flags.ts'

/** The command. */
export const keysRotate: Command<Context> = buildCommand<RotateFlags, [string], Context>({
  loader: async () => (await import('../keys/run.ts')).runRotate,
  parameters: {
    positional: { kind: 'tuple', parameters: [keySetFile] },
    flags: {
      in: {
        kind: 'parsed',
        parse: startFlag,
        brief: 'When the next key starts to sign: 17m or more, such as 2h or 7d',
        placeholder: 'TIME',
        default: '1h',
      },
      algorithm: {
        kind: 'enum',
        values: algorithms,
        brief: 'The signature algorithm of the next key; default: that of the current one',
        optional: true,
      },
      json: keysJsonFlag,
    },
  },
  docs: {
    brief: 'Add the next key, and drop the keys that no token needs',
    fullDescription: [
      'Adds a key that every process and verifier has before it signs, and a nonce secret. Drops keys',
      'that have not signed for a day: their tokens have expired. The file is replaced at once, and keeps',
      'its mode and its owner.',
      '',
      'Exit codes: 0 written, 1 a rotation is under way or the file is being changed, 3 no key set.',
      '',
      'EXAMPLES',
      '  jobpass keys rotate keys.json',
      '  jobpass keys rotate keys.json --in 2h --json',
      '  jobpass keys rotate - < old.json > new.json',
    ].join('\n'),
  },
})
