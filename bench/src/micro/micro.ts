/** Single calls in one process, compared with one signature verification. */

import { interleave } from '../measure/interleave.ts'
import { serveKeys } from '../key-server.ts'
import { reading } from '../report/reading.ts'
import type { Section } from '../report/section.ts'
import { mint } from '../mint.ts'
import { algorithms, makeKey } from '../tokens.ts'
import { comparison } from './comparison.ts'
import { verifierFor } from '../provider.ts'
import { refusalPairs, refusals, refusalTable } from './refusals.ts'
import { ruleSubjects } from './rules.ts'
import { pairsOf, verification } from './verification.ts'

export async function micro(quick: boolean): Promise<Section> {
  const rounds = quick ? { rounds: 5, moment: 1, warming: 5 } : { rounds: 60, moment: 4, warming: 200 }
  const keys = algorithms.map(makeKey)
  const servers = await Promise.all(keys.map(serveKeys))
  const groups = await Promise.all(keys.map((key, index) => verification(key, servers[index]?.jwksUri ?? '')))
  const [rsa] = keys as [(typeof keys)[number]]
  const [{ base }] = groups as [(typeof groups)[number]]
  const bad = await refusals(rsa, verifierFor(rsa, { entries: 1000 }))
  const rules = await ruleSubjects(rsa)
  const readings = await interleave(
    [
      ...groups.flatMap((group) => [group.base, ...group.first, ...group.again]),
      ...bad.flatMap(({ entrance, verify, byHand, peers }) => [
        entrance,
        verify,
        ...(byHand ? [byHand] : []),
        ...peers,
      ]),
      ...rules,
    ],
    rounds,
  )
  for (const { close } of servers) close()
  const example = mint(rsa)
  return {
    title: 'Single calls',
    blocks: [
      `${rounds.rounds} rounds of about ${rounds.moment} ms per row, in one process. The token is that of a push in GitHub Actions: ${claimCount(example)} claims, ${example.length} characters with RS256. Each call gets the token as a new string, as from a request. \`crypto.verify\` is only the signature, with bytes and a \`KeyObject\` prepared before. "Entrance" is the step behind the adapters; it is synchronous, except when it looks for a newer key. "No package" is a hand-written minimum: it decodes and parses the claims, compares issuer, audience and expiry, and verifies the signature; it checks no header, makes no identity, and evaluates no rule. \`verify()\` is the public method; it is awaited, and so are peers that return promises. For first sight, 2,000 tokens take turns, and all caches hold 1,000.`,
      ...groups.flatMap(({ algorithm, base, first, again }) => [
        `#### ${algorithm}, first sight`,
        comparison(readings, base, [base, ...first]),
        `#### ${algorithm}, seen before`,
        'Packages that are not listed have no token cache: every token costs as much as at first sight.',
        comparison(readings, base, again),
      ]),
      '#### Refusals',
      `The ratio, its p10–p90, and the median, of a verifier that has admitted another token before. "By hand" does not look up unknown keys. Peers check the same as jobpass; those that check claims after the signature pay for the signature first.`,
      refusalTable(bad, readings, base),
      '#### Rules of a route',
      'Rules for as many repositories; the caller matches the last. `decide()` compiles its list at each call; a guard does so once.',
      comparison(readings, base, rules),
      '#### Reading',
      reading([...groups.flatMap((group) => pairsOf(group, readings)), ...refusalPairs(bad, readings)]),
    ],
  }
}

function claimCount(token: string): number {
  return Object.keys(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as object).length
}
