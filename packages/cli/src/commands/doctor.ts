/** `jobpass doctor`: flags and help. */

import type { Command } from '@stricli/core'
import { buildCommand } from '@stricli/core'
import type { Context } from '../context.ts'
import { audienceFlag, jsonFlag, text } from './flags.ts'
import type { DoctorFlags } from '../doctor/flags.ts'

/** The command. */
export const doctor: Command<Context> = buildCommand<DoctorFlags, [], Context>({
  loader: async () => (await import('../doctor/run.ts')).runDoctor,
  parameters: {
    flags: {
      policy: {
        kind: 'parsed',
        parse: text,
        brief: 'The policy file; default: policy.yaml, where there is one',
        placeholder: 'FILE',
        optional: true,
      },
      audience: audienceFlag,
      online: {
        kind: 'boolean',
        brief: 'Ask each issuer of the policy for its keys, and compare the clocks',
        default: false,
        withNegated: false,
      },
      json: jsonFlag,
    },
    aliases: { p: 'policy', a: 'audience' },
  },
  docs: {
    brief: 'Check what a server needs: Node, packages, policy, audience, and the issuers',
    fullDescription: [
      'Checks the version of Node, that one copy of @jobpass/core is installed, that the policy is valid',
      'and the audience is the name of one API. With --online, asks the issuers for their keys as a',
      'server does, and compares their clocks with that of this machine.',
      '',
      'Exit codes: 0 no problem, 1 a problem, 4 an issuer does not answer and nothing else is wrong.',
      '',
      'EXAMPLES',
      '  jobpass doctor --audience https://api.acme.dev',
      '  jobpass doctor --policy policy.yaml --online --json',
    ].join('\n'),
  },
})
