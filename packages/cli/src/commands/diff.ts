/** `jobpass diff`: flags and help. */

import type { Command } from '@stricli/core'
import { buildCommand } from '@stricli/core'
import type { Context } from '../context.ts'
import { text } from './flags.ts'
import type { DiffFlags } from '../diff/flags.ts'

/** The command. */
export const diff: Command<Context> = buildCommand<DiffFlags, [string, string], Context>({
  loader: async () => (await import('../diff/run.ts')).runDiff,
  parameters: {
    flags: {
      format: {
        kind: 'enum',
        values: ['text', 'json', 'markdown'],
        brief: 'The format of the report',
        default: 'text',
      },
      json: { kind: 'boolean', brief: 'The same as --format json', default: false },
      recorded: {
        kind: 'parsed',
        parse: text,
        brief: 'Also decide about recorded verdicts: JSON lines of onVerdict',
        placeholder: 'FILE',
        optional: true,
      },
    },
    positional: {
      kind: 'tuple',
      parameters: [
        { parse: text, brief: 'The policy before', placeholder: 'OLD' },
        { parse: text, brief: 'The policy after', placeholder: 'NEW' },
      ],
    },
  },
  docs: {
    brief: 'Say who gains and who loses access between two policies',
    fullDescription: [
      'Compares two policies by what they admit, not by their text. Each difference comes with a job',
      'that shows it, which the real verifier has decided on. Rules that only report admit no job.',
      '',
      'Exit codes: 0 the same jobs have access, 1 access changes.',
      '',
      'EXAMPLES',
      '  git show main:policy.yaml > old.yaml; jobpass diff old.yaml policy.yaml',
      '  jobpass diff old.yaml policy.yaml --recorded verdicts.jsonl --format markdown',
    ].join('\n'),
  },
})
