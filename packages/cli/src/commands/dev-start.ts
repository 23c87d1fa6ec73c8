/** `jobpass dev`: flags and help. */

import type { Command } from '@stricli/core'
import { buildCommand } from '@stricli/core'
import type { Context } from '../context.ts'
import { platformIds, portFlag, text } from './flags.ts'
import type { DevFlags } from '../dev/flags.ts'

/** The command. */
export const devStart: Command<Context> = buildCommand<DevFlags, [string], Context>({
  loader: async () => (await import('../dev/run.ts')).runDev,
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [
        {
          parse: text,
          brief: 'The platform whose jobs are imitated',
          placeholder: 'PLATFORM',
          default: 'github-actions',
          proposeCompletions: platformIds,
        },
      ],
    },
    flags: {
      port: { ...portFlag, brief: 'The port on 127.0.0.1; 0 for any free one' },
      audience: {
        kind: 'parsed',
        parse: text,
        brief: 'The name of the API, as its option audience has it',
        placeholder: 'NAME',
        default: 'https://api.example',
      },
    },
    aliases: { p: 'port', a: 'audience' },
  },
  docs: {
    brief: 'Start a local issuer that imitates a platform',
    fullDescription: [
      'Starts a local issuer on this machine, and prints the lines to paste into an API and a shell, so',
      'that an API can be tried before any CI exists. Its page has a button for each job. Runs until',
      'Ctrl-C. Only this machine can reach it. Its keys are made at the start and kept nowhere.',
      '',
      'EXAMPLES',
      '  jobpass dev',
      '  jobpass dev gitlab --audience https://api.acme.dev',
      '  curl -H "Authorization: Bearer $(jobpass dev token)" http://localhost:3000/try',
    ].join('\n'),
  },
})
