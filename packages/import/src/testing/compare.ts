/** Compares an imported policy with its original, token by token, for tests. */

import type { TrustRule, AnyWorkload } from '@jobpass/core'
import { decide } from '@jobpass/core'
import { loadPolicy } from '@jobpass/policy'
import type { Imported } from '../model.ts'
import { providers } from '@jobpass/policy/built-in'
import { byId } from './jobs-github.ts'
import type { Claims, Job } from './jobs.ts'

/** Whether the original accepts a token. `spell` changes all texts before they are compared. */
export type Original = (claims: Claims, spell: (text: string) => string) => boolean

/** What a comparison found. */
export interface Compared {
  /** How many decisions were compared. */
  readonly decisions: number
  /** Tokens that both admit. */
  readonly both: number
  /** Tokens that the original admits and the rules refuse. */
  readonly narrower: readonly Claims[]
  /** Tokens that the rules admit and the original refuses. */
  readonly wider: readonly Claims[]
  /**
   * Tokens that the rules admit, and of which the original admits the spelling with names in
   * another letter case, which are the same names to the platform. A note of the import says so.
   */
  readonly spelled: number
  /**
   * Tokens that the rules admit, and of which the original admits the same job with the subject in
   * another form, such as with ids. A note of the import says so.
   */
  readonly formed: number
}

/**
 * Names that differ in letter case only are one thing at the platforms. These are the capitals of
 * names in the tests; those of branches stay.
 */
const inOneCase = (text: string): string => text.replaceAll(/[ASPR]/g, (letter) => letter.toLowerCase())

/** Compares all decisions. */
export function compare(imported: Imported, original: Original, jobs: readonly Job[]): Compared {
  const { policy, audiences, findings } = imported
  const rules =
    policy === undefined
      ? []
      : (Object.values(
          loadPolicy(policy, { providers: providers }).entries,
        ).flat() as readonly TrustRule<AnyWorkload>[])
  const notes = findings.filter(({ level }) => level === 'note').map(({ message }) => message)
  const forCase = notes.some((message) => message.includes('letter case'))
  const forSubject = notes.some((message) => message.includes('subject'))
  const narrower: Claims[] = []
  const wider: Claims[] = []
  let [both, spelled, formed] = [0, 0, 0]
  for (const { claims, identity } of jobs) {
    const admitted =
      identity !== undefined &&
      rules.length > 0 &&
      (audiences.length === 0 || audiences.includes(String(claims['aud']))) &&
      decide(rules, identity).allowed
    const wanted = original(claims, String)
    if (admitted && wanted) both += 1
    else if (wanted) narrower.push(claims)
    else if (admitted && forCase && original(claims, inOneCase)) spelled += 1
    else if (
      admitted &&
      forSubject &&
      defaultSubjects(claims).some((each) => original(each, forCase ? inOneCase : String))
    )
      formed += 1
    else if (admitted) wider.push(claims)
  }
  return { decisions: jobs.length, both, narrower, wider, spelled, formed }
}

/** The subjects that the platform gives by default, from the other claims. */
function defaultSubjects(claims: Claims): readonly Claims[] {
  const text = (name: string): string => String(claims[name])
  if ('oidc.circleci.com/vcs-origin' in claims) {
    const run = text('sub').replace(/\/vcs-origin\/.*$/, '')
    const end = `vcs-origin/${text('oidc.circleci.com/vcs-origin')}/vcs-ref/${text('oidc.circleci.com/vcs-ref')}`
    return [{ ...claims, sub: `${run}/${end}` }]
  }
  if (claims['project_path'] !== undefined)
    return [{ ...claims, sub: `project_path:${text('project_path')}:ref_type:${text('ref_type')}:ref:${text('ref')}` }]
  if (claims['repository'] === undefined) return []
  const ref = claims['event_name'] === 'pull_request' ? 'pull_request' : `ref:${text('ref')}`
  const context = claims['environment'] === undefined ? ref : `environment:${text('environment')}`
  const named = { ...claims, sub: `repo:${text('repository')}:${context}` }
  return [named, ...byId(named)]
}
