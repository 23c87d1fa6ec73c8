/** `jobpass import`: flags and help. */

import type { Command } from '@stricli/core'
import { buildCommand } from '@stricli/core'
import type { ImportSource } from '@jobpass/import'
import type { Context } from '../context.ts'
import { text } from './flags.ts'
import type { ImportFlags } from '../import/flags.ts'

/** The systems whose policies can be imported. */
const sources: readonly ImportSource[] = [
  'aws',
  'gcp',
  'vault',
  'azure',
  'octo-sts',
  'oidc-ui',
  'pypi',
  'npm',
  'crates-io',
]

/** The command. */
export const importCommand: Command<Context> = buildCommand<ImportFlags, [ImportSource, string], Context>({
  loader: async () => (await import('../import/run.ts')).runImport,
  parameters: {
    flags: {
      issuer: {
        kind: 'parsed',
        parse: text,
        brief: 'The issuer, spelled as in iss, where the policy names none',
        placeholder: 'URL',
        optional: true,
      },
      platform: {
        kind: 'parsed',
        parse: text,
        brief: 'The platform of the issuer, for a server of your own: gitlab, …',
        placeholder: 'ID',
        optional: true,
      },
      set: {
        kind: 'parsed',
        parse: text,
        brief: 'The name of the set of rules; default: that of the policy',
        placeholder: 'NAME',
        optional: true,
      },
      json: { kind: 'boolean', brief: 'Print JSON; `jobpass schema import` prints its schema', default: false },
    },
    positional: {
      kind: 'tuple',
      parameters: [
        {
          parse: (input) => sources.find((each) => each === input) ?? unknownSource(input),
          brief: sources.join(', '),
          placeholder: 'SYSTEM',
        },
        { parse: text, brief: 'The policy of that system; - is standard input', placeholder: 'FILE' },
      ],
    },
  },
  docs: {
    brief: 'Translate a trust policy of another system, never to a wider one',
    fullDescription: [
      'Prints a policy that admits nothing that the original refuses. Comments in it say what the',
      'original admits by accident, where the rules admit less, and what could not be translated.',
      '',
      'Exit codes: 0 translated, 1 something could not be translated safely.',
      '',
      'EXAMPLES',
      '  jobpass import aws trust-policy.json > policy.yaml',
      '  vault read -format=json auth/jwt/role/deploy | jobpass import vault - --issuer https://gitlab.com',
    ].join('\n'),
  },
})

function unknownSource(input: string): never {
  throw new SyntaxError(`there is no system '${input}'. Known: ${sources.join(', ')}`)
}
