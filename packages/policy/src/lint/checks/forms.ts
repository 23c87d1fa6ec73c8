/** Lints on values that look like something else. */

import type { Found, Lint } from '../finding.ts'
import { quote } from '../finding.ts'
import { hasWildcard } from '../cover.ts'
import type { LintedRule } from '../subject.ts'

function patternAsValue({ place, terms }: LintedRule): readonly Found[] {
  return terms
    .filter(({ kind, implied, facts }) => kind === 'exact' && !implied && facts.kind !== 'id')
    .flatMap(({ label, written }) =>
      written.flatMap((text) => {
        // Brackets are no wildcards: names of bots contain them.
        if (typeof text !== 'string' || !/[*?^$\\]/.test(text)) return []
        return [
          {
            where: `${place}.${label}`,
            message: `${quote(text)} is compared literally, including its wildcards, so it matches nothing.`,
            fix: hasWildcard(text)
              ? `Write ${label}: glob(${quote(text)}) if you mean a pattern.`
              : `Write a list of values, ${label}: ['…', '…'], or glob('…'); there are no regular expressions.`,
          },
        ]
      }),
    )
}

/** Lints on forms of values. What a field can never hold is refused where the rule is made. */
export const formLints: readonly Lint[] = [
  {
    id: 'L060',
    level: 'error',
    title: 'Pattern written as a value',
    why: 'Text is compared literally and as a whole. Patterns need glob(), so that none is written by accident.',
    attack: 'E3',
    bad: "githubActions({ repositoryId: '74205118', branch: 'main', environment: 'prod-*' })",
    good: "githubActions({ repositoryId: '74205118', branch: 'main', environment: glob('prod-*') })",
    rule: patternAsValue,
  },
]
