/** Lints on what a rule assumes about the server that issues the tokens. */

import { describeVersion, versionsNeeded } from '@jobpass/core/internal'
import type { Found, Lint } from '../finding.ts'
import { quote } from '../finding.ts'
import type { LintedRule, Subject } from '../subject.ts'

/** One finding for each server and version, at the first rule for that server. */
function versions({ rules }: Subject): readonly Found[] {
  const found = rules.filter(({ role }) => role !== 'deny').flatMap(versionsOf)
  return [...new Map(found.toReversed().map((each) => [each.message, each])).values()].toReversed()
}

function versionsOf({ facts, place }: LintedRule): readonly Found[] {
  return (facts.issuers ?? []).flatMap((issuer) =>
    versionsNeeded(facts.table, issuer).map((needed) => ({
      where: place,
      message: `No token says which version of ${facts.table.title} runs at ${quote(issuer)}.`,
      fix: describeVersion(needed),
    })),
  )
}

/** Lints on servers. */
export const serverLints: readonly Lint[] = [
  {
    id: 'L044',
    level: 'advice',
    title: 'Self-hosted server that needs a minimum version',
    why: 'In older versions of some servers, users can forge claims of their tokens. The signature proves only that the server signed them.',
    bad: "gitlab.at('https://gitlab.acme.dev')({ repositoryId: '48120077', branch: 'main' })",
    good: "gitlab({ repositoryId: '48120077', branch: 'main' })",
    all: versions,
  },
]
