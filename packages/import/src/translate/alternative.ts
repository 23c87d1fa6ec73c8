/** Translates one alternative of a grant to rules. */

import { formatValue } from '@jobpass/core/internal'
import type { ClaimTest } from '../requirement.ts'
import { audiencesOf } from './audience.ts'
import { translateTest } from './claim-test.ts'
import type { Choice, Remark, Translated } from './condition.ts'
import { Untranslatable } from './condition.ts'
import type { KnownIssuer } from './issuers.ts'
import type { Alternative } from './normal-form.ts'
import { mostAlternatives, product } from './normal-form.ts'
import { exampleOf } from './example.ts'
import { slotOf } from './slot.ts'
import { isSubject, translateSubjects } from './subject-test.ts'
import { translateFile } from './workflow-file.ts'

/** A remark with its place in the source. */
export interface PlacedRemark extends Remark {
  /** Place in the source. */
  readonly where: string
}

/** What an alternative is translated to. */
export interface TranslatedAlternative {
  /** The conditions of each rule. */
  readonly choices: readonly Choice[]
  /** The audiences that it accepts; `undefined` for any. */
  readonly audiences: readonly string[] | undefined
  /** What was found. */
  readonly remarks: readonly PlacedRemark[]
}

/** Translates an alternative. Where a test cannot be translated, the alternative is refused. */
export function translateAlternative(tests: Alternative, known: KnownIssuer): TranslatedAlternative {
  const remarks: PlacedRemark[] = []
  const attempt = <T>(where: string, about: string, work: () => T): T | undefined => {
    try {
      return work()
    } catch (error) {
      if (!(error instanceof Untranslatable)) throw error
      remarks.push({ level: 'refused', where, message: `${about}: ${error.message}`, fix: error.fix })
      return undefined
    }
  }
  const aud = tests.filter(({ claim }) => claim.length === 1 && claim[0] === 'aud')
  const audiences = attempt(aud[0]?.where ?? '', 'aud', () => ({ found: audiencesOf(aud) }))
  const subjects = tests.filter(isSubject)
  let choices: readonly Choice[] | undefined = audiences && [[]]
  const add = (where: string, about: string, work: () => Translated): void => {
    const done = attempt(where, about, work)
    remarks.push(...(done?.remarks ?? []).map((remark) => placed(remark, where, tests, known)))
    choices = choices && done && product(choices, done.choices)
    if (choices !== undefined && choices.length > mostAlternatives * 4) choices = attempt(where, about, tooMany)
  }
  for (const test of tests)
    if (!aud.includes(test) && !subjects.includes(test))
      add(test.where, formatValue(test.claim.join('.')), () => translate(test, tests, known))
  const [subject] = subjects
  if (subject !== undefined) add(subject.where, 'sub', () => translateSubjects(subjects, known.table.table.id))
  return { choices: choices ?? [], audiences: audiences?.found, remarks }
}

/** An example has all claims that the alternative compares. */
function placed(remark: Remark, where: string, tests: Alternative, known: KnownIssuer): PlacedRemark {
  const { example } = remark
  return { ...remark, where, ...(example && { example: { ...exampleOf(tests, known), ...example } }) }
}

function tooMany(): never {
  throw new Untranslatable('This makes too many rules.', 'Split the original, and import the parts.')
}

function translate(test: ClaimTest, alternative: Alternative, { table, issuer }: KnownIssuer): Translated {
  const [name] = test.claim
  if (test.claim.length === 1 && name === 'iss') return translateIssuer(test, issuer)
  const file = translateFile(test, alternative, table.table.id)
  if (file !== undefined) return file
  const slot = slotOf(table, test.claim)
  if (slot === undefined)
    throw new Untranslatable(
      `The table of ${table.table.title} has no such claim, so that its type is unknown.`,
      'Leave it out, or write the rule by hand.',
    )
  return translateTest(test, slot)
}

/** A rule is of one issuer, so that a test of it has one result. */
function translateIssuer({ comparison, negated }: ClaimTest, issuer: string): Translated {
  const isIssuer = comparison.kind === 'present' || (comparison.kind === 'equals' && comparison.values.includes(issuer))
  if (comparison.kind !== 'present' && comparison.kind !== 'equals')
    throw new Untranslatable('The issuer is compared by a pattern.', 'Import the original for each issuer.')
  if (isIssuer === negated) throw new Untranslatable('The issuer of the grant does not pass.', 'Correct the issuer.')
  return { choices: [[]], remarks: [] }
}
