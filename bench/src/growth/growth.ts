/**
 * Curves: cost of a request by the number of tokens, rules and issuers, and the effect of bursts on
 * other requests.
 */

import type { Section } from '../report/section.ts'
import { byBurst } from './bursts.ts'
import { byCachedTokens } from './cached-tokens.ts'
import { byIssuers } from './issuers.ts'
import { byRules } from './rules.ts'

export async function growth(quick: boolean): Promise<Section> {
  const rounds = quick ? { rounds: 3, moment: 1, warming: 2 } : { rounds: 21, moment: 3, warming: 100 }
  const sizes = (most: number): readonly number[] =>
    [1, 10, 100, 1000, 10_000, 100_000].filter((size) => size <= (quick ? Math.min(most, 1000) : most))
  const tokens = await byCachedTokens(sizes(100_000), rounds)
  const rules = await byRules(sizes(10_000), rounds)
  const issuers = await byIssuers(sizes(1000), rounds)
  const bursts = await byBurst(quick ? [1, 64] : [1, 4, 16, 64, 256], quick ? 2 : 25)
  return {
    title: 'Growth',
    blocks: [
      `The ratio to the first size, then the median of ${rounds.rounds} rounds and its p10–p90. The curves follow the tables.`,
      '#### Remembered tokens',
      'Signed with Ed25519; each call uses a random token.',
      tokens.table,
      '#### Rules of a route',
      rules.table,
      '#### Trusted issuers',
      issuers.table,
      '#### Bursts of new tokens',
      'Milliseconds, with p10–p90. "No work" is the reading without any tokens: the delay timer fires once per millisecond. Packages that verify signatures synchronously block other requests meanwhile; packages that use a thread take more time in total.',
      bursts.table,
      bursts.reading,
    ],
    plots: { tokens: tokens.svg, rules: rules.svg, issuers: issuers.svg, bursts: bursts.svg },
  }
}
