/** The questions of `jobpass init`, and the forms of their answers. */

import type { AnswerName, PartialAnswers } from './answers.ts'
import { frameworks } from './frameworks.ts'
import type { Form, InitPlatform } from './platforms.ts'
import { initPlatforms } from './platforms.ts'

/** A question. */
export interface Question {
  /** The answer that it asks for. */
  readonly name: AnswerName
  /** The question. */
  readonly text: string
  /** The possible answers, where there is a list. */
  readonly choices?: readonly string[]
  /** An example of an answer. */
  readonly example: string
  /** The answer that `--yes` accepts; `undefined` if the user must answer. */
  readonly fallback: string | undefined
  /** Why an answer is wrong; `undefined` where it is fine. */
  readonly fault: (answer: string) => string | undefined
}

const oneOf = (name: AnswerName, text: string, choices: readonly string[]): Question => ({
  name,
  text,
  choices,
  example: choices[0] as string,
  fallback: choices[0],
  fault: (answer) => (choices.includes(answer) ? undefined : `is one of ${choices.join(', ')}`),
})

const formed = (name: AnswerName, text: string, example: string, pattern: RegExp, fallback?: string): Question => ({
  name,
  text,
  example,
  fallback,
  fault: (answer) => (pattern.test(answer) ? undefined : `must look like ${example}`),
})

const branchForm = /^(?!\/|.*(?:\/\/|\.\.|\/$))[\w./-]+$/
const audienceForm = /^(?:https:\/\/)?\w[\w.:/-]*$/

const ofPlatform = (name: AnswerName, form: Form | undefined): Question =>
  formed(name, form?.question ?? '', form?.example ?? '', form?.pattern ?? /^/)

const questions: Readonly<Record<AnswerName, (platform: InitPlatform | undefined) => Question>> = {
  platform: () => oneOf('platform', 'Where do the jobs run?', Object.keys(initPlatforms)),
  owner: (platform) => ofPlatform('owner', platform?.owner),
  repository: (platform) => ofPlatform('repository', platform?.repository),
  branch: () => formed('branch', 'Jobs of which branch may call?', 'main', branchForm, 'main'),
  audience: () =>
    formed('audience', 'What is the name of the API, as jobs ask for it?', 'https://api.acme.dev', audienceForm),
  framework: () => oneOf('framework', 'Which framework does the API use?', frameworks),
}

/** The next question; the earlier answers are known. */
export function questionOf(name: AnswerName, { platform = '' }: PartialAnswers): Question {
  return questions[name](initPlatforms[platform])
}

/** The questions in the order in which they are asked: the platform decides about the next two. */
export const order: readonly AnswerName[] = ['platform', 'owner', 'repository', 'branch', 'audience', 'framework']
