/** Reports where another package is ahead, from the figures. */

import { ratios, spreadOf } from '../measure/stats.ts'
import { figure, list, range } from './table.ts'

/** Two comparable rows, with their readings of each round; lower is better. */
export interface Pair {
  readonly what: string
  readonly peer: { readonly name: string; readonly readings: readonly number[] }
  readonly own: { readonly name: string; readonly readings: readonly number[] }
}

/** One sentence per pair in which the peer is ahead, or one that says that none is. */
export function reading(pairs: readonly Pair[], unit = 'time'): string {
  const ahead = pairs
    .map((pair) => ({ ...pair, ratio: spreadOf(ratios(pair.peer.readings, pair.own.readings)) }))
    .filter(({ ratio }) => ratio.median < 1)
  if (ahead.length === 0) return 'No peer is ahead of jobpass here.'
  const sentences = ahead.map(({ what, peer, own, ratio }) => {
    const sure = ratio.p90 < 1 ? '' : '; the spread reaches past 1, so this run does not distinguish them'
    return `${what}: ${peer.name} takes ${figure(ratio.median)} (${range(ratio)}) of the ${unit} of ${own.name}${sure}.`
  })
  return `Where a peer is ahead:\n\n${list(sentences)}`
}
