/** `jobpass lint`: flags and help. */

import type { Command } from '@stricli/core'
import { buildCommand } from '@stricli/core'
import type { Context } from '../context.ts'
import { audienceFlag, text, trustFlag } from './flags.ts'
import type { LintFlags } from '../lint/flags.ts'

/** The formats of reports. */
const lintFormats = ['text', 'json', 'sarif', 'github'] as const

/** The command. */
export const lint: Command<Context> = buildCommand<LintFlags, string[], Context>({
  loader: async () => (await import('../lint/run.ts')).runLint,
  parameters: {
    flags: {
      format: { kind: 'enum', values: lintFormats, brief: 'The format of the report', default: 'text' },
      json: { kind: 'boolean', brief: 'The same as --format json', default: false },
      trust: { ...trustFlag, brief: 'The set that the server passes as its option trust; default: unknown' },
      audience: audienceFlag,
      strict: { kind: 'boolean', brief: 'The option strict of the server: every rule needs ids', default: false },
      failOn: {
        kind: 'enum',
        values: ['error', 'warning', 'advice'],
        brief: 'The lowest level that exits with 1',
        default: 'warning',
      },
      fix: {
        kind: 'boolean',
        brief: 'Write the ids of names into the files; they come by --online or --recorded',
        default: false,
      },
      online: {
        kind: 'boolean',
        brief: 'Ask GitHub and GitLab for names, files and environments, with GITHUB_TOKEN and GITLAB_TOKEN if set',
        default: false,
      },
      recorded: {
        kind: 'parsed',
        parse: text,
        brief: 'Read ids from recorded verdicts: JSON lines of onVerdict',
        placeholder: 'FILE',
        optional: true,
      },
    },
    positional: {
      kind: 'array',
      parameter: { parse: text, brief: 'Policy files; default: policy.yaml', placeholder: 'FILE' },
    },
    aliases: { a: 'audience' },
  },
  docs: {
    brief: 'Find rules that admit more than they should, or nobody',
    fullDescription: [
      'Finds rules that admit more than they should, or no job at all. A comment with a reason accepts',
      'a finding: `# jobpass-ignore L010: every tag may read`, behind the line or above the rule.',
      '',
      'Exit codes: 0 no findings, 1 findings.',
      '',
      'EXAMPLES',
      '  jobpass lint policy.yaml',
      '  jobpass lint --format sarif policies/*.yaml > jobpass.sarif',
      '  jobpass lint --online --fix policy.yaml',
    ].join('\n'),
  },
})
