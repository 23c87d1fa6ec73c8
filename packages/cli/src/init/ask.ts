/** Asks questions in a terminal. */

import { isCancel, select, text } from '@clack/prompts'
import { CommandError } from '../io/exit.ts'
import type { Question } from './questions.ts'

/** Asks one question. Throws where the user ends the program. */
export async function ask({ text: message, choices, example, fallback, fault }: Question): Promise<string> {
  const answer = choices
    ? await select({ message, options: choices.map((value) => ({ value })) })
    : await text({
        message,
        placeholder: example,
        ...(fallback !== undefined && { defaultValue: fallback }),
        validate: (given) =>
          given === undefined || given === '' ? missing(fallback) : capitalized(fault(given.trim())),
      })
  if (isCancel(answer)) throw new CommandError('nothing was written')
  return answer.trim()
}

function missing(fallback: string | undefined): string | undefined {
  return fallback === undefined ? 'Needs an answer.' : undefined
}

function capitalized(fault: string | undefined): string | undefined {
  return fault && `It ${fault}.`
}
