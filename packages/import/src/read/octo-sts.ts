/** Trust policies of octo-sts, which gives tokens of a GitHub App to CI jobs. */

import { formatValue } from '@jobpass/core/internal'
import type { Grant, Reading } from '../model.ts'
import type { ClaimPath, Requirement } from '../requirement.ts'
import { nothing } from '../requirement.ts'
import { Findings, refusedReading } from './findings.ts'
import { halfAnchored, issuersOf } from './octo-sts-issuer.ts'
import { parseOctoSts } from './octo-sts-policy.ts'
import type { OctoStsPolicy } from './octo-sts-policy.ts'
import { isSafeText } from './octo-sts-text.ts'
import { regexTests } from './regex-tests.ts'
import { isFor, test } from './claim-tests.ts'

/**
 * Reads a trust policy: `.github/chainguard/NAME.sts.yaml`.
 *
 * Source: https://github.com/octo-sts/app (`pkg/octosts/trust_policy.go`,
 * `pkg/oidcvalidate/validate.go`)
 */
export function readOctoSts(text: string): Reading {
  const policy = parseOctoSts(text)
  if (typeof policy === 'string') return refusedReading('policy', policy, 'Correct the policy.')
  const findings = new Findings()
  const both = ['issuer', 'subject', 'audience'].find((name) => name in policy && `${name}_pattern` in policy)
  if (both !== undefined) return refusedReading(both, `Both ${both} and ${both}_pattern are set.`, 'Keep one.')
  const requirement = {
    all: [
      subjectOf(policy, findings),
      audienceOf(policy, findings),
      ...Object.entries(policy.claim_pattern ?? {}).map(([name, pattern]) => claimOf(name, pattern, findings)),
    ],
  }
  const grants = issuersOf(policy, findings).map((issuer): Grant => ({
    name: 'octo-sts',
    where: 'policy',
    issuer,
    requirement,
  }))
  return { grants, findings: findings.all }
}

/** octo-sts refuses subjects with characters that mean something to a shell, and long ones. */
function subjectOf({ subject, subject_pattern: pattern }: OctoStsPolicy, findings: Findings): Requirement {
  if (pattern !== undefined) return subjectPattern(pattern, findings)
  if (subject !== undefined && isSafeText(subject))
    return test({ claim: ['sub'], comparison: { kind: 'equals', values: [subject] }, where: 'subject' })
  findings.refuse(
    'subject',
    subject === undefined ? 'There is no subject.' : 'octo-sts refuses a subject with such characters.',
    'Correct the policy.',
  )
  return nothing
}

function subjectPattern(pattern: string, findings: Findings): Requirement {
  const where = 'subject_pattern'
  findings.add({
    level: 'note',
    where,
    message:
      'octo-sts also refuses subjects of more than 255 characters, and with quotes, brackets, spaces or one of ; & $ < >. Rules admit such branches and environments of the jobs that the pattern means.',
    fix: 'Nothing, unless you rely on it.',
  })
  return patternTest(['sub'], pattern, where, findings)
}

const publicInstance = 'octo-sts.dev'

/** One audience of the token must match. Without one, it is the domain of the octo-sts instance. */
function audienceOf({ audience, audience_pattern: pattern }: OctoStsPolicy, findings: Findings): Requirement {
  if (pattern !== undefined) return patternTest(['aud'], pattern, 'audience_pattern', findings)
  if (audience !== undefined && isSafeText(audience, '|@')) return isFor([audience], 'audience')
  if (audience !== undefined) {
    findings.refuse('audience', 'octo-sts refuses an audience with such characters.', 'Correct the policy.')
    return nothing
  }
  findings.add({
    level: 'note',
    where: 'audience',
    message: `The policy names no audience, so that octo-sts takes its own domain: ${publicInstance}, unless you run your own.`,
    fix: 'Set the audience of your API.',
  })
  return isFor([publicInstance], 'audience')
}

/** A claim must be a text that matches; a boolean counts as "true" or "false". */
function claimOf(name: string, pattern: string, findings: Findings): Requirement {
  const where = `claim_pattern[${formatValue(name)}]`
  if (name === 'aud') {
    findings.refuse(where, 'To octo-sts, a list of one audience is no text.', 'Write audience or audience_pattern.')
    return nothing
  }
  const found = patternTest([name], pattern, where, findings)
  if (found === nothing) return nothing
  // The subset that is understood means the same in JavaScript.
  const values = [true, false].filter((value) => new RegExp(`^${pattern}$`).test(String(value)))
  if (values.length === 0) return found
  return { any: [found, test({ claim: [name], comparison: { kind: 'equals', values }, where })] }
}

/** octo-sts writes ^ and $ around a pattern without a group, so that they bind to alternatives. */
function patternTest(claim: ClaimPath, pattern: string, where: string, findings: Findings): Requirement {
  const tests = regexTests(`^${pattern}$`, claim, where)
  if ('refused' in tests) {
    findings.refuse(
      where,
      `${formatValue(pattern)} is not translated: of the regular expression, ${tests.refused}.`,
      'The rules admit nothing by this part: write it by hand, as conditions on the fields of a rule.',
    )
    return nothing
  }
  if (tests.loose !== undefined) findings.add(halfAnchored(where, { [claim[0] ?? '']: tests.loose }))
  return tests.matches
}
