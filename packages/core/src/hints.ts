/** Known traps, recognized from a failed check: one row each. They speak to the rule's own tenant only. */

import { foldAscii } from './text.ts'
import type { CheckResult } from './verdict.ts'

interface Trap {
  readonly hint: string
  applies(check: CheckResult, values: readonly unknown[]): boolean
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

const traps: readonly Trap[] = [
  {
    hint: 'The value differs in letter case only.',
    applies: ({ actual }, values) =>
      values.some((value) => foldAscii(text(value)) === foldAscii(text(actual)) && text(value) !== ''),
  },
  {
    hint: 'A branch or tag is written without refs/heads/ or refs/tags/, a ref with it.',
    applies: ({ actual }, values) =>
      values.some(
        (value) =>
          text(value) !== text(actual) && shortRef(text(value)) === shortRef(text(actual)) && text(actual) !== '',
      ),
  },
  {
    hint: 'The job names no environment.',
    applies: ({ field, actual }) => field === 'environment' && actual === undefined,
  },
  {
    hint: 'This event admits nobody unless the rule names it.',
    applies: ({ field, operator }) => field === 'event' && operator === 'ordinary',
  },
  {
    hint: 'Such a run admits nobody unless the rule names this field.',
    applies: ({ field, operator }) => field !== 'event' && operator === 'ordinary',
  },
  {
    hint: 'The run is not provably of a branch: it is of a tag, a pull request, a fork or a merge queue.',
    applies: ({ field, actual }) => field === 'branch' && actual === undefined,
  },
]

/** The hint for a failed check, or `undefined` when it is no known trap. */
export function hintFor(check: CheckResult): string | undefined {
  const { operator, expected } = check
  const values = operator === 'oneOf' ? (expected as readonly unknown[]) : operator === 'equals' ? [expected] : []
  return traps.find((trap) => trap.applies(check, values))?.hint
}

function shortRef(ref: string): string {
  return ref.replace(/^(?:refs\/(?:heads|tags)\/)+/, '')
}
