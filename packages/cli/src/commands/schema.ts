/** `jobpass schema`: flags and help. */

import type { Command } from '@stricli/core'
import { buildCommand } from '@stricli/core'
import type { Context } from '../context.ts'
import { text } from './flags.ts'

/** The command. */
export const schema: Command<Context> = buildCommand<object, [string?], Context>({
  loader: async () => (await import('../schema/run.ts')).runSchema,
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [
        {
          parse: text,
          brief: 'A command with --json; left out: the schema of policies',
          placeholder: 'COMMAND',
          optional: true,
          proposeCompletions: async () => Object.keys((await import('../schema/index.ts')).schemas),
        },
      ],
    },
  },
  docs: {
    brief: 'Print the JSON Schema of policies, or of what a command prints with --json',
    fullDescription: [
      'Prints a JSON Schema (draft 2020-12): of policies, for editors, or of the JSON of a command.',
      '',
      'EXAMPLES',
      '  jobpass schema > policy.schema.json',
      '  jobpass schema whoami',
    ].join('\n'),
  },
})
