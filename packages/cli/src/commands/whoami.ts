/** `jobpass whoami`: flags and help. */

import type { Command } from '@stricli/core'
import { buildCommand } from '@stricli/core'
import type { Context } from '../context.ts'
import { jsonFlag, platformIds, text } from './flags.ts'
import type { WhoamiFlags } from '../whoami/flags.ts'

/** The command. */
export const whoami: Command<Context> = buildCommand<WhoamiFlags, [], Context>({
  loader: async () => (await import('../whoami/run.ts')).runWhoami,
  parameters: {
    flags: {
      audience: {
        kind: 'parsed',
        parse: text,
        brief: 'The audience of the token that the job asks for',
        placeholder: 'NAME',
        default: 'https://jobpass.example',
      },
      stdin: {
        kind: 'boolean',
        brief: 'Read a token from standard input, instead of asking for one',
        default: false,
        withNegated: false,
      },
      tokenEnv: {
        kind: 'parsed',
        parse: text,
        brief: 'Read a token from a variable, instead of asking for one',
        placeholder: 'NAME',
        optional: true,
      },
      platform: {
        kind: 'parsed',
        parse: text,
        brief: 'The platform, where neither the issuer nor the job shows it: gitlab',
        placeholder: 'ID',
        optional: true,
        proposeCompletions: platformIds,
      },
      verify: {
        kind: 'boolean',
        brief: 'Fetch the keys of the issuer, and check signature, dates and audience',
        default: false,
        withNegated: false,
      },
      json: jsonFlag,
    },
    aliases: { a: 'audience' },
  },
  docs: {
    brief: 'In a job: print the identity that an API sees, and the tightest rule for it',
    fullDescription: [
      'Gets a token of this job, or reads one, and prints the identity that an API would see: owner,',
      'repository, ids, branch or tag, event, actor. Then prints the tightest rule for such jobs, as YAML.',
      'The token itself is not printed.',
      '',
      'Exit codes: 0 printed, 1 an API refuses the token, 3 this is no job or the job may have no token,',
      '4 the platform or the issuer does not answer.',
      '',
      'EXAMPLES',
      '  jobpass whoami',
      '  jobpass whoami --verify --json',
      '  jobpass whoami --stdin < token.txt',
    ].join('\n'),
  },
})
