/** `jobpass dev token`: flags and help. */

import type { Command } from '@stricli/core'
import { buildCommand } from '@stricli/core'
import type { Context } from '../context.ts'
import { jsonFlag, portFlag, text } from './flags.ts'
import type { DevTokenFlags } from '../dev/flags.ts'

/** The command. */
export const devToken: Command<Context> = buildCommand<DevTokenFlags, [], Context>({
  loader: async () => (await import('../dev/run-token.ts')).runDevToken,
  parameters: {
    flags: {
      port: portFlag,
      job: {
        kind: 'parsed',
        parse: text,
        brief: 'The job: push, pull_request, …; default: the usual one of the platform',
        placeholder: 'TRIGGER',
        optional: true,
      },
      branch: { kind: 'parsed', parse: text, brief: 'Its branch', placeholder: 'NAME', optional: true },
      event: { kind: 'parsed', parse: text, brief: 'Its event', placeholder: 'NAME', optional: true },
      claim: {
        kind: 'parsed',
        parse: text,
        brief: 'A claim or field: name=value is text, name:=value is JSON',
        placeholder: 'NAME=VALUE',
        optional: true,
        variadic: true,
      },
      audience: {
        kind: 'parsed',
        parse: text,
        brief: 'The name of the API; default: that of jobpass dev',
        placeholder: 'NAME',
        optional: true,
      },
      json: { ...jsonFlag, brief: 'Print JSON; `jobpass schema dev-token` prints its schema' },
    },
    aliases: { p: 'port', j: 'job', b: 'branch', e: 'event', c: 'claim', a: 'audience' },
  },
  docs: {
    brief: 'Print a token of a running jobpass dev',
    fullDescription: [
      'Asks the running `jobpass dev` for a token, and prints it.',
      '',
      'EXAMPLES',
      '  jobpass dev token',
      '  jobpass dev token --job pull_request',
      '  jobpass dev token --branch release --event schedule --claim actor=mara-holt --claim runner_id:=7',
    ].join('\n'),
  },
})
