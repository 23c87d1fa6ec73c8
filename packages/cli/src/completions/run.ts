/** `jobpass completions`. */

import type { Context } from '../context.ts'
import { print } from '../io/print.ts'
import type { Proposal } from './proposal.ts'
import { scripts } from './scripts.ts'

/** Prints the script for a shell. */
export function printScript(context: Context, shell: keyof typeof scripts): void {
  print(context, scripts[shell])
}

/** Prints a line for each completion: the word, a tab, and what it means. */
export function printProposals(context: Context, proposals: readonly Proposal[]): void {
  if (proposals.length === 0) return
  print(context, proposals.map(({ completion, brief }) => `${completion}\t${brief}`).join('\n'))
}
