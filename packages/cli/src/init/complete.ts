/** Completes the answers: from flags, from defaults, and by questions in a terminal. */

import { escapeForLog } from '@jobpass/core/internal'
import type { Context } from '../context.ts'
import { CommandError } from '../io/exit.ts'
import { platformNamed } from '../job/platform-named.ts'
import type { AnswerName, Answers, PartialAnswers } from './answers.ts'
import { initPlatforms } from './platforms.ts'
import type { Question } from './questions.ts'
import { order, questionOf } from './questions.ts'

/** Asks a question. */
type Ask = (question: Question) => Promise<string>

/** All answers. Throws an error that names the flags that are missing, or what is wrong. */
export async function complete(context: Context, flags: PartialAnswers, yes: boolean): Promise<Answers> {
  const isTerminal = context.stdin.isTTY === true && context.process.stdout.isTTY === true
  const ask: Ask | undefined = isTerminal && !yes ? (await import('./ask.ts')).ask : undefined
  const answers: Partial<Record<AnswerName, string>> = {}
  const missing: AnswerName[] = []
  for (const name of order) {
    const question = questionOf(name, answers)
    const given = givenFor(name, flags, answers) ?? (yes ? question.fallback : undefined)
    const answer = given ?? (await ask?.(question))
    if (answer === undefined) missing.push(name)
    else if (missing.length === 0 || name !== 'repository') answers[name] = checked(question, answer)
  }
  if (missing.length === 0) return answers as Answers
  const hint = yes ? '' : '; --yes accepts github-actions, main and express'
  throw new CommandError(`without questions, init needs ${missing.map((name) => `--${name}`).join(', ')}${hint}`)
}

/** The answer in the flags. `--repository acme/shop` names the owner as well. */
function givenFor(
  name: AnswerName,
  flags: PartialAnswers,
  { platform, owner = '' }: PartialAnswers,
): string | undefined {
  const { [name]: given, repository = '' } = flags
  if (initPlatforms[platform ?? '']?.namedAfterOwner !== true) return given
  const at = repository.lastIndexOf('/')
  if (name === 'owner' && given === undefined && at > 0) return repository.slice(0, at)
  return name === 'repository' && repository.startsWith(`${owner}/`) ? repository.slice(owner.length + 1) : given
}

function checked({ name, fault }: Question, answer: string): string {
  const reason = fault(answer)
  if (reason === undefined) return answer
  // Throws for a platform that does not exist.
  if (name === 'platform') throw unknownPlatform(platformNamed(answer).id, reason)
  throw new CommandError(`--${name}: ${escapeForLog(answer)} is wrong, since it ${reason}`)
}

function unknownPlatform(id: string, reason: string): CommandError {
  return new CommandError(
    `--platform: for init, it ${reason}; a rule for ${id} is at https://jobpass.github.io/jobpass/providers/${id}`,
  )
}
