/** `jobpass token`: flags and help. */

import type { Command } from '@stricli/core'
import { buildCommand } from '@stricli/core'
import type { Context } from '../context.ts'
import { jsonFlag, text } from './flags.ts'
import type { TokenFlags } from '../token/flags.ts'

/** The command. */
export const token: Command<Context> = buildCommand<TokenFlags, [], Context>({
  loader: async () => (await import('../token/run.ts')).runToken,
  parameters: {
    flags: {
      audience: {
        kind: 'parsed',
        parse: text,
        brief: 'The name of the API that the token is for, such as https://api.acme.dev',
        placeholder: 'NAME',
      },
      exchange: {
        kind: 'parsed',
        parse: text,
        brief: 'Exchange the token at this endpoint, and print the service token (RFC 8693)',
        placeholder: 'URL',
        optional: true,
      },
      scope: {
        kind: 'parsed',
        parse: text,
        brief: 'The scopes of the service token, separated by spaces; default: those of the exchange',
        placeholder: 'SCOPES',
        optional: true,
      },
      insecureLoopback: {
        kind: 'boolean',
        brief: 'Allow http: for an exchange on this machine, for tests',
        default: false,
        withNegated: false,
      },
      json: jsonFlag,
    },
    aliases: { a: 'audience' },
  },
  docs: {
    brief: 'In a job: print its OIDC token, or a service token',
    fullDescription: [
      'Gets the OIDC token of this job from its platform, which is found by the variables of the token,',
      'and prints it. Runners that can hide texts learn the token from a line on standard error.',
      '',
      'Exit codes: 0 printed, 1 the exchange refused the job, 3 this is no job or the job may have no',
      'token (the message names the line to add), 4 the platform or the exchange does not answer.',
      '',
      'EXAMPLES',
      '  token=$(jobpass token --audience https://api.acme.dev)',
      '  jobpass token --audience https://api.acme.dev --exchange https://auth.acme.dev/token --scope publish',
      '  jobpass token --audience https://api.acme.dev --json',
    ].join('\n'),
  },
})
