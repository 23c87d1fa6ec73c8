/** Event-loop delay while many new tokens arrive at once. */

import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import { ratios, spreadOf } from '../measure/stats.ts'
import { jose } from '../micro/peers.ts'
import { aws, jsonWebToken } from '../micro/sync-peers.ts'
import { verifierFor } from '../provider.ts'
import { plot } from '../report/plot.ts'
import { reading } from '../report/reading.ts'
import { figure, range, table } from '../report/table.ts'
import { mintMany } from '../mint.ts'
import { freshly, makeKey } from '../tokens.ts'
import type { Curve } from './curve.ts'

interface Watched {
  /** The 99th percentile of the event loop's delay, by `monitorEventLoopDelay`. */
  readonly delay: number
  /** The longest turn of the event loop. */
  readonly turn: number
  /** The longest time in which nothing else could run, not even resolved promises. */
  readonly stretch: number
  /** Time until the last token was answered. */
  readonly answered: number
}

interface Candidate {
  readonly name: string
  readonly verify: (token: string) => unknown
}

/** Measures bursts of these sizes. All figures are in milliseconds. */
export async function byBurst(sizes: readonly number[], rounds: number): Promise<Curve & { readonly reading: string }> {
  const key = makeKey('RS256')
  const verifier = verifierFor(key, false)
  const candidates: readonly Candidate[] = [
    { name: 'no work', verify: () => undefined },
    { name: 'jobpass, verify()', verify: (token) => verifier.verify(token) },
    jose(key),
    aws(key)[0],
    jsonWebToken(key),
  ]
  const tokens = mintMany(key, Math.max(...sizes))
  const readings = new Map<string, Watched[]>()
  const at = (name: string, size: number): Watched[] => {
    const list = readings.get(`${name} ${size}`) ?? []
    readings.set(`${name} ${size}`, list)
    return list
  }
  for (const { verify } of candidates)
    for (let call = 0; call < 2000; call++) await verify(tokens[call % tokens.length] ?? '')
  for (let round = -2; round < rounds; round++) {
    for (const size of sizes) {
      for (const { name, verify } of candidates) {
        const watched = await burst(tokens.slice(0, size).map(freshly), verify)
        if (round >= 0) at(name, size).push(watched)
      }
    }
  }
  const spread = (name: string, size: number, what: keyof Watched): ReturnType<typeof spreadOf> =>
    spreadOf(at(name, size).map((each) => each[what]))
  const many = sizes.includes(64) ? 64 : (sizes.at(-1) ?? 1)
  const own = at('jobpass, verify()', many).map(({ delay }) => delay)
  const rows = candidates.map(({ name }) => [
    name,
    figure(
      spreadOf(
        ratios(
          at(name, many).map(({ delay }) => delay),
          own,
        ),
      ).median,
    ),
    ...(['delay', 'turn', 'stretch', 'answered'] as const).map((what) => {
      const found = spread(name, many, what)
      return `${figure(found.median)} (${range(found)})`
    }),
  ])
  const pairs = candidates
    .filter(({ name }) => name !== 'no work' && !name.startsWith('jobpass'))
    .map(({ name }) => ({
      what: `${many} tokens at once`,
      peer: { name, readings: at(name, many).map(({ delay }) => delay) },
      own: { name: 'jobpass, verify()', readings: own },
    }))
  return {
    reading: reading(pairs, 'event-loop delay'),
    table: table(
      [
        `${many} at once`,
        'delay × jobpass',
        'loop delay p99, ms',
        'longest turn, ms',
        'longest stretch, ms',
        'all answered, ms',
      ],
      rows,
    ),
    svg: plot({
      title: 'Event-loop delay (p99) while new tokens arrive at once',
      x: 'tokens at once',
      y: 'ms',
      lines: candidates.map(({ name }) => ({
        name,
        points: sizes.map((size): [number, number] => [size, spread(name, size, 'delay').median]),
      })),
    }),
  }
}

/**
 * Delivers every token in its own callback, all in one turn of the event loop, like sockets that
 * become readable together.
 */
async function burst(tokens: readonly string[], verify: (token: string) => unknown): Promise<Watched> {
  const histogram = monitorEventLoopDelay({ resolution: 1 })
  const turns: number[] = []
  let watching = true
  const turn = (): void => {
    turns.push(performance.now())
    if (watching) setImmediate(turn)
  }
  histogram.enable()
  setImmediate(turn)
  await setTimeout(3)
  const start = performance.now()
  const begun: number[] = []
  await Promise.all(
    tokens.map(
      (token) =>
        new Promise<void>((resolve, reject) => {
          setImmediate(() => {
            begun.push(performance.now())
            Promise.resolve(verify(token)).then(() => resolve(), reject)
          })
        }),
    ),
  )
  const answered = performance.now() - start
  await setTimeout(3)
  watching = false
  histogram.disable()
  return {
    delay: histogram.percentile(99) / 1e6,
    turn: longest(turns),
    stretch: longest([...begun, turns.find((each) => each > (begun.at(-1) ?? 0)) ?? 0]),
    answered,
  }
}

/** The longest time between two consecutive moments. */
function longest(moments: readonly number[]): number {
  return Math.max(0, ...moments.slice(1).map((moment, index) => moment - (moments[index] ?? moment)))
}
