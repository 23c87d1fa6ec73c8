/** `jobpass completions`: flags and help. */

import type { Command, RouteMap } from '@stricli/core'
import { buildCommand, buildRouteMap } from '@stricli/core'
import type { Context } from '../context.ts'
import type { Proposal } from '../completions/proposal.ts'
import { text } from './flags.ts'

/** Proposes completions of the last word. */
export type Propose = (words: readonly string[], context: Context) => Promise<readonly Proposal[]>

type Shell = 'bash' | 'zsh' | 'fish'

const scriptFor = (shell: Shell, file: string): Command<Context> =>
  buildCommand<object, [], Context>({
    loader: async () => {
      const { printScript } = await import('../completions/run.ts')
      return function (this: Context) {
        printScript(this, shell)
      }
    },
    parameters: {},
    docs: {
      brief: `Print the script for ${shell}`,
      fullDescription: `Prints a script that completes the words of jobpass in ${shell}.\n\nEXAMPLES\n  ${file}`,
    },
  })

/** Makes the command. What it proposes comes from the program itself. */
export function completionsOf(propose: Propose): RouteMap<Context> {
  const proposals = buildCommand<object, string[], Context>({
    loader: async () => {
      const { printProposals } = await import('../completions/run.ts')
      return async function (this: Context, _flags: object, ...words: string[]) {
        printProposals(this, await propose(words, this))
      }
    },
    parameters: {
      positional: {
        kind: 'array',
        parameter: { parse: text, brief: 'The words up to the cursor', placeholder: 'WORD' },
      },
    },
    docs: { brief: 'Print the completions of the last word' },
  })
  return buildRouteMap({
    routes: {
      bash: scriptFor('bash', 'jobpass completions bash >> ~/.bashrc'),
      zsh: scriptFor('zsh', 'jobpass completions zsh >> ~/.zshrc'),
      fish: scriptFor('fish', 'jobpass completions fish > ~/.config/fish/completions/jobpass.fish'),
      propose: proposals,
    },
    docs: {
      brief: 'Print a script by which a shell completes the words',
      fullDescription: [
        'Prints a script by which a shell completes the words of jobpass.',
        '',
        'EXAMPLES',
        '  jobpass completions bash >> ~/.bashrc',
      ].join('\n'),
      hideRoute: { propose: true },
    },
  })
}
