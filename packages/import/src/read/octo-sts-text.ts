/** The texts that octo-sts takes in subjects and audiences, whatever a policy says. */

import type { Requirement } from '../requirement.ts'
import { any } from '../requirement.ts'
import { test } from './tests.ts'

const unsafe = '"\'`\\<>;&$(){}[]'
const longest = 255

/** Whether a text may be a subject; `more` are characters that are refused too. */
export function isSafeText(text: string, more = ''): boolean {
  const isPrintable = /^[\p{L}\p{M}\p{N}\p{P}\p{S}]+$/u.test(text)
  return isPrintable && Array.from(text).length <= longest && !Array.from(unsafe + more).some((c) => text.includes(c))
}

/** A subject has none of the characters that octo-sts refuses. */
export function unsafeSubject(where: string): Requirement {
  const patterns = Array.from(`${unsafe} `, (character) => [any, character, any])
  return test({ claim: ['sub'], comparison: { kind: 'like', patterns }, negated: true, where })
}
