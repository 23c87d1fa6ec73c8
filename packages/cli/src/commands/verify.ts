/** `jobpass verify`: flags and help. */

import type { Command } from '@stricli/core'
import { buildCommand } from '@stricli/core'
import type { Context } from '../context.ts'
import { atFlag, audienceFlag, jsonFlag, text, tokenEnvFlag } from './flags.ts'
import type { VerifyFlags } from '../verify/flags.ts'

/** The command. */
export const verify: Command<Context> = buildCommand<VerifyFlags, [], Context>({
  loader: async () => (await import('../verify/run.ts')).runVerify,
  parameters: {
    flags: {
      audience: { ...audienceFlag, optional: false },
      platform: {
        kind: 'parsed',
        parse: text,
        brief: 'The platform, where the issuer does not show it: github-actions, gitlab, …',
        placeholder: 'ID',
        optional: true,
      },
      issuer: {
        kind: 'parsed',
        parse: text,
        brief: 'The issuer that the token must have; default: the one that it names',
        placeholder: 'URL',
        optional: true,
      },
      keys: {
        kind: 'parsed',
        parse: text,
        brief: 'Read the keys (JWKS) from a file, instead of fetching them',
        placeholder: 'FILE',
        optional: true,
      },
      tokenEnv: tokenEnvFlag,
      at: atFlag,
      json: jsonFlag,
    },
    aliases: { a: 'audience' },
  },
  docs: {
    brief: 'Verify a token against its issuer and an audience, and print whose it is',
    fullDescription: [
      'Fetches the keys of the issuer, and checks signature, dates, audience and claims, as a server',
      'does before any rule. It does not say who may call: anyone can have a verified token.',
      '',
      'Exit codes: 0 verified, 1 refused, 4 the keys cannot be had.',
      '',
      'EXAMPLES',
      '  jobpass verify --audience https://api.acme.dev < token.txt',
      '  jobpass verify --audience https://api.acme.dev --keys jwks.json --at 2026-11-01T12:00:00Z < token.txt',
    ].join('\n'),
  },
})
