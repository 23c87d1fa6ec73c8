/** The issuers of a trust policy of octo-sts. */

import { formatValue } from '@jobpass/core/internal'
import type { ImportFinding } from '../model.ts'
import type { Findings } from './findings.ts'
import type { OctoStsPolicy } from './octo-sts-policy.ts'
import type { Alternative } from './regex.ts'
import { parseRegex } from './regex.ts'
import { looseText } from './regex-tests.ts'

/** The issuers that a policy names. Of a pattern, only those that it writes out. */
export function issuersOf({ issuer, issuer_pattern: pattern }: OctoStsPolicy, findings: Findings): readonly string[] {
  if (issuer !== undefined) return [issuer]
  const where = 'issuer_pattern'
  const refuse = (message: string): readonly string[] => {
    findings.refuse(where, message, 'Write a policy for each issuer.')
    return []
  }
  if (pattern === undefined) return refuse('The policy names no issuer.')
  const parsed = parseRegex(`^${pattern}$`)
  if ('refused' in parsed) return refuse(`Of ${formatValue(pattern)}, ${parsed.refused}.`)
  return parsed.alternatives.flatMap((alternative) => {
    const found = writtenOut(alternative)
    if (found === undefined) return refuse(`${formatValue(pattern)} leaves open which issuers it means.`)
    const example = looseText(alternative) ?? (found.hasDot ? found.text.replace('.', 'x') : undefined)
    if (example !== undefined) {
      findings.add(halfAnchored(where, { iss: example }))
      findings.add({
        level: 'stricter',
        where,
        message: `Of the issuers that the pattern matches, the rules take ${formatValue(found.text)} only.`,
        fix: 'Nothing, unless another issuer is meant.',
        example: { iss: example },
      })
    }
    return [found.text]
  })
}

/** What a pattern without `(?:…)` or with a bare dot admits, with an example. */
export function halfAnchored(where: string, example: Readonly<Record<string, unknown>>): ImportFinding {
  return {
    level: 'accident',
    where,
    message: 'octo-sts writes ^ and $ around a pattern without a group, and a bare dot is any character.',
    fix: 'Write (?:…) around alternatives, and \\. for a dot.',
    example,
  }
}

/** An issuer without wildcards. A bare dot is read as a dot, which it matches. */
function writtenOut(alternative: Alternative): { readonly text: string; readonly hasDot: boolean } | undefined {
  let text = ''
  let hasDot = false
  for (const piece of alternative) {
    if (typeof piece === 'string') text += piece
    else if (piece.kind === 'one') {
      text += '.'
      hasDot = true
    } else if (piece.kind === 'any' || piece.kind === 'other') return undefined
  }
  return { text, hasDot }
}
