/** Complete servers under load; each server and the load generator run in separate processes. */

import { serveKeys } from '../key-server.ts'
import { ratios, spreadOf } from '../measure/stats.ts'
import type { Pair } from '../report/reading.ts'
import { reading } from '../report/reading.ts'
import type { Section } from '../report/section.ts'
import { figure, percent, range, table } from '../report/table.ts'
import { mintMany } from '../mint.ts'
import { makeKey } from '../tokens.ts'
import type { Child } from './child.ts'
import { start } from './child.ts'
import { expressServers } from './express.ts'
import { honoServers } from './hono.ts'
import { koaServers } from './koa.ts'
import type { Answered, Call, Load } from './load.ts'
import type { Question } from './server.ts'
import type { Servers } from './world.ts'

const connections = 32
const frameworks: Readonly<Record<string, Servers>> = { Express: expressServers, Koa: koaServers, Hono: honoServers }

interface Reading {
  readonly perSecond: number
  /** Processor time of the server per request, in microseconds. */
  readonly processor: number
}

interface Subject {
  readonly framework: string
  readonly name: string
  readonly guarded: boolean
  readonly process: Child<Question, number>
  readonly port: number
  /** Readings of each round, by load. */
  readonly readings: Readonly<Record<LoadName, Reading[]>>
}

const loadNames = ['one token', '2,000 tokens'] as const
type LoadName = (typeof loadNames)[number]

export async function http(quick: boolean): Promise<Section> {
  const { rounds, seconds, lead, warming } = quick
    ? { rounds: 2, seconds: 0.2, lead: 0.1, warming: 0.1 }
    : { rounds: 8, seconds: 0.5, lead: 0.2, warming: 1.5 }
  const key = makeKey('RS256')
  const keys = await serveKeys(key)
  const tokens = mintMany(key, quick ? 320 : 2000)
  const loads: Readonly<Record<LoadName, readonly string[]>> = {
    'one token': tokens.slice(0, 1),
    '2,000 tokens': tokens,
  }
  const subjects = await Promise.all(
    Object.entries(frameworks).flatMap(([framework, { open, guarded }]) =>
      [...Object.keys(open), ...Object.keys(guarded)].map(async (name): Promise<Subject> => {
        const process = start<Question, number>('./server.ts', [framework, name])
        const port = await process.ask({ jwk: key.jwk, jwksUri: keys.jwksUri })
        const readings = { 'one token': [], '2,000 tokens': [] }
        return { framework, name, guarded: name in guarded, process, port, readings }
      }),
    ),
  )
  const caller = start<Load, Answered>('./load.ts', [])
  try {
    for (const subject of subjects) await check(subject, tokens[0] ?? '')
    for (let round = -1; round < rounds; round++) {
      for (const load of loadNames) {
        const requests = loads[load].map(calling)
        for (const subject of round % 2 === 0 ? subjects : subjects.toReversed()) {
          const { port } = subject
          // Servers that waited for their turn have cold caches.
          await caller.ask({ port, until: { seconds: round < 0 ? warming : lead }, connections, requests })
          if (round < 0) continue
          subject.readings[load].push(
            await measure(subject, caller, { port, until: { seconds }, connections, requests }),
          )
        }
      }
    }
  } finally {
    // Running children would keep this process from exiting with its error.
    keys.close()
    for (const { end } of [caller, ...subjects.map(({ process }) => process)]) end()
  }
  return {
    title: 'Servers',
    blocks: [
      `${rounds} rounds of ${seconds} s per row and load, ${connections} connections, by autocannon in a separate process, each after ${lead} s that do not count, and ${warming} s before all of them. Every request carries a token, even to routes that read none. "One token" is the same in all requests. With "2,000 tokens" each connection sends its share in turn, so all are known after the warm-up; "cache off" shows the cost of new tokens. "Two no-ops" is the route with as many middlewares as jobpass has (\`workloadAuth\` and one \`requireWorkload\`); peers have one and check no rules. In "one reads the header" the first of them puts \`authorization\` where later ones find it: no check of a token costs less. In "one remembers headers" it compares the whole header with one that it has seen: no token cache costs less. If the caller is the bottleneck, requests per second understate the differences; the processor time per request of the server does not depend on the caller.`,
      ...Object.keys(frameworks).flatMap((framework) => [
        `#### ${framework}`,
        ...loadNames.map((load) =>
          tableOf(
            subjects.filter((subject) => subject.framework === framework),
            load,
          ),
        ),
      ]),
      '#### Reading',
      reading(pairsOf(subjects), 'processor time'),
    ],
  }
}

const calling = (token: string): Call => ({
  method: 'GET',
  path: '/deploy',
  headers: { authorization: `Bearer ${token}` },
})

/** Checks that a server answers 200 with the token, and 401 without one if the route is guarded. */
async function check({ framework, name, guarded, port }: Subject, token: string): Promise<void> {
  const status = async (headers: Record<string, string>): Promise<number> =>
    (await fetch(`http://127.0.0.1:${port}/deploy`, { headers })).status
  const found = [await status({ authorization: `Bearer ${token}` }), await status({})]
  const wanted = [200, guarded ? 401 : 200]
  if (found.join() !== wanted.join())
    throw new Error(`${framework}, ${name} answers ${found.join()}, not ${wanted.join()}`)
}

async function measure(
  { framework, name, process }: Subject,
  caller: Child<Load, Answered>,
  load: Load,
): Promise<Reading> {
  const before = await process.ask('processor time')
  const { good, bad, seconds } = await caller.ask(load)
  const after = await process.ask('processor time')
  if (bad > 0)
    throw new Error(`${framework}, ${name} answered ${bad} requests of ${good + bad} with a status other than 200`)
  return { perSecond: good / seconds, processor: ((after - before) * 1e6) / good }
}

function tableOf(subjects: readonly Subject[], load: LoadName): string {
  const of = (name: string, what: keyof Reading): readonly number[] =>
    subjects.find((subject) => subject.name === name)?.readings[load].map((each) => each[what]) ?? []
  const rows = subjects.map(({ name }) => {
    const rate = of(name, 'perSecond')
    const noops = spreadOf(ratios(rate, of('two no-ops', 'perSecond')))
    const bare = spreadOf(ratios(rate, of('bare', 'perSecond')))
    const time = of(name, 'processor')
    const more = spreadOf(time.map((each, round) => each - (of('two no-ops', 'processor')[round] ?? NaN)))
    return [
      name,
      percent(noops.median),
      range(noops, percent),
      percent(bare.median),
      figure(spreadOf(rate).median),
      figure(spreadOf(time).median),
      figure(more.median),
    ]
  })
  const head = ['of two no-ops', 'p10–p90', 'of bare', 'requests/s', 'µs of processor', 'more than two no-ops']
  return table([load, ...head], rows)
}

/**
 * Other packages compared with jobpass by processor time: with default options, and with the cache
 * off.
 */
function pairsOf(subjects: readonly Subject[]): readonly Pair[] {
  const read = ({ name, readings }: Subject, load: LoadName): Pair['own'] => ({
    name,
    readings: readings[load].map(({ processor }) => processor),
  })
  const own = subjects.filter(({ name }) => name.startsWith('jobpass'))
  const peers = subjects.filter(({ guarded, name }) => guarded && !name.startsWith('jobpass'))
  return loadNames.flatMap((load) =>
    peers.flatMap((peer) =>
      own
        .filter(({ framework }) => framework === peer.framework)
        .map((each) => ({ what: `${peer.framework}, ${load}`, peer: read(peer, load), own: read(each, load) })),
    ),
  )
}
