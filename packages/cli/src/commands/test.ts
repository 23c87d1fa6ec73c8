/** `jobpass test`: flags and help. */

import type { Command } from '@stricli/core'
import { buildCommand } from '@stricli/core'
import type { Context } from '../context.ts'
import { text } from './flags.ts'
import type { TestFlags } from '../cases/flags.ts'

/** The command. */
export const testCommand: Command<Context> = buildCommand<TestFlags, string[], Context>({
  loader: async () => (await import('../cases/run.ts')).runTest,
  parameters: {
    flags: {
      format: { kind: 'enum', values: ['text', 'json', 'github'], brief: 'The format of the report', default: 'text' },
      json: { kind: 'boolean', brief: 'The same as --format json', default: false },
      requireCoverage: {
        kind: 'boolean',
        brief: 'Fail where no case reaches a rule or a condition',
        default: false,
      },
      watch: { kind: 'boolean', brief: 'Run again when a file changes, until Ctrl-C', default: false },
    },
    positional: {
      kind: 'array',
      parameter: { parse: text, brief: 'Files of cases; default: policy.test.yaml', placeholder: 'FILE' },
    },
    aliases: { w: 'watch' },
  },
  docs: {
    brief: 'Run the cases of a policy: jobs, and whether they may call',
    fullDescription: [
      'Runs cases: jobs of a platform, or claims, and whether they may call. The real verifier decides.',
      'Says which rules and conditions no case reaches.',
      '',
      'Exit codes: 0 all cases pass, 1 a case fails.',
      '',
      'A FILE OF CASES',
      '  policy: policy.yaml',
      '  audience: https://api.acme.dev',
      '  cases:',
      '    - name: a push to main may deploy',
      '      set: deploy',
      '      job: { provider: github-actions, trigger: push, claims: { branch: main } }',
      '      expect: allow',
      '    - name: a pull request may not',
      '      set: deploy',
      '      job: { provider: github-actions, trigger: pull_request }',
      '      expect: workload_forbidden',
      '',
      'EXAMPLES',
      '  jobpass test',
      '  jobpass test --watch policies/*.test.yaml',
    ].join('\n'),
  },
})
