/** `jobpass explain`: flags and help. */

import type { Command } from '@stricli/core'
import { buildCommand } from '@stricli/core'
import type { Context } from '../context.ts'
import {
  atFlag,
  audienceFlag,
  issuerFlag,
  jsonFlag,
  policyFlag,
  secondsFlag,
  setFlag,
  text,
  tokenEnvFlag,
  trustFlag,
} from './flags.ts'
import type { ExplainFlags } from '../explain/flags.ts'

/** The command. */
export const explain: Command<Context> = buildCommand<ExplainFlags, [], Context>({
  loader: async () => (await import('../explain/run.ts')).runExplain,
  parameters: {
    flags: {
      policy: policyFlag,
      set: setFlag,
      trust: trustFlag,
      issuer: issuerFlag,
      audience: audienceFlag,
      claims: {
        kind: 'parsed',
        parse: text,
        brief: 'Read claims as JSON from a file, instead of a token',
        placeholder: 'FILE',
        optional: true,
      },
      tokenEnv: tokenEnvFlag,
      verify: {
        kind: 'boolean',
        brief: 'Fetch the keys of the issuer, and check the signature and the dates',
        default: false,
      },
      claimsTrusted: {
        kind: 'boolean',
        brief: 'The claims are known to be genuine, such as from a log of verdicts',
        default: false,
      },
      at: atFlag,
      maxTokenAge: {
        kind: 'parsed',
        parse: secondsFlag,
        brief: 'The option maxTokenAge of the server, in seconds',
        placeholder: 'S',
        optional: true,
      },
      strict: { kind: 'boolean', brief: 'The option strict of the server: every rule needs ids', default: false },
      json: jsonFlag,
    },
    aliases: { p: 'policy', s: 'set', a: 'audience' },
  },
  docs: {
    brief: 'Say why a token or its claims are allowed or refused, and what to change',
    fullDescription: [
      'Says what a server answers to a token or its claims, which checks fail, what would fail next,',
      'and what to change: in the rule, in the workflow, or in the settings of the platform.',
      '',
      'Exit codes: 0 allowed and verified, 1 refused, 2 would be allowed but is not verified.',
      '',
      'EXAMPLES',
      '  jobpass explain --policy policy.yaml --set deploy < token.txt',
      '  jobpass explain --set deploy --audience https://api.acme.dev --verify --token-env CI_TOKEN',
      '  jobpass explain --set deploy --claims claims.json --json',
    ].join('\n'),
  },
})
