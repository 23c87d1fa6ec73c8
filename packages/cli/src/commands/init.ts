/** `jobpass init`: flags and help. */

import type { Command } from '@stricli/core'
import { buildCommand } from '@stricli/core'
import type { Context } from '../context.ts'
import { text } from './flags.ts'
import type { InitFlags } from '../init/flags.ts'

const answerFlag = (brief: string, placeholder: string) =>
  ({ kind: 'parsed', parse: text, brief, placeholder, optional: true }) as const

/** The command. */
export const init: Command<Context> = buildCommand<InitFlags, [], Context>({
  loader: async () => (await import('../init/run.ts')).runInit,
  parameters: {
    flags: {
      platform: {
        ...answerFlag('Where the jobs run: github-actions, gitlab or circleci', 'ID'),
        proposeCompletions: async () => Object.keys((await import('../init/platforms.ts')).initPlatforms),
      },
      owner: answerFlag('Who owns the repository; on CircleCI the id of the organization', 'NAME'),
      repository: answerFlag('The repository: shop or acme/shop; on CircleCI github.com/acme/shop', 'NAME'),
      branch: answerFlag('The branch whose jobs may call', 'NAME'),
      audience: answerFlag('The name of the API, such as https://api.acme.dev', 'NAME'),
      framework: {
        ...answerFlag('The framework of the API: express, koa or hono', 'NAME'),
        proposeCompletions: async () => (await import('../init/frameworks.ts')).frameworks,
      },
      yes: {
        kind: 'boolean',
        brief: 'Ask nothing: github-actions, main and express where no flag says otherwise',
        default: false,
        withNegated: false,
      },
      force: { kind: 'boolean', brief: 'Overwrite files that exist', default: false, withNegated: false },
    },
    aliases: { y: 'yes', a: 'audience' },
  },
  docs: {
    brief: 'Write a first policy and its test, and print the lines for the API and the job',
    fullDescription: [
      'Writes policy.yaml and policy.test.yaml, and prints the lines to paste into the API and into the',
      'pipeline. Asks in a terminal what no flag answers. Overwrites nothing without --force.',
      '',
      'EXAMPLES',
      '  jobpass init',
      '  jobpass init --yes --repository acme/shop --audience https://api.acme.dev',
      '  jobpass init --platform gitlab --owner acme --repository shop --branch main \\',
      '    --audience https://api.acme.dev --framework hono',
    ].join('\n'),
  },
})
