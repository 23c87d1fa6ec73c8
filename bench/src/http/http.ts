/** Whole servers under load, each in a process of its own, and the load in another. */

import { serveKeys } from '../key-server.ts'
import { ratios, spreadOf } from '../measure/stats.ts'
import type { Pair } from '../report/reading.ts'
import { reading } from '../report/reading.ts'
import type { Section } from '../report/section.ts'
import { figure, percent, range, table } from '../report/table.ts'
import { makeKey, mintMany } from '../tokens.ts'
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
  /** Microseconds of the server's processor time for each request. */
  readonly processor: number
}

interface Subject {
  readonly framework: string
  readonly name: string
  readonly guarded: boolean
  readonly process: Child<Question, number>
  readonly port: number
  /** By load, round by round. */
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
          // Servers that had to wait for their turn are out of every cache.
          await caller.ask({ port, until: { seconds: round < 0 ? warming : lead }, connections, requests })
          if (round < 0) continue
          subject.readings[load].push(
            await measure(subject, caller, { port, until: { seconds }, connections, requests }),
          )
        }
      }
    }
  } finally {
    // What is still running would keep this process from ending with its error.
    keys.close()
    for (const { end } of [caller, ...subjects.map(({ process }) => process)]) end()
  }
  return {
    title: 'Servers',
    blocks: [
      `${rounds} rounds of ${seconds} s a row and load, ${connections} connections, by autocannon in a process of its own, each after ${lead} s that do not count, and ${warming} s before all of them. Every request carries a token, also to the routes that read none. "One token" is the same in all requests; of "2,000 tokens" each connection sends its share in turn, so that all are known after the warm-up: "cache off" is what new tokens cost. "Two no-ops" is the route with as many middlewares as jobpass has (\`workloadAuth\` and one \`requireWorkload\`); peers have one and check no rules. In "one reads the header" the first of them puts \`authorization\` where later ones find it: no check of a token costs less. In "one remembers headers" it compares the whole header with one that it has seen: no memory of tokens costs less. Where the caller is the slower side, requests per second tell servers apart less than they differ: the processor time of the server for each request does not depend on the caller.`,
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

/** 200 with the token, and 401 without one where the route is guarded. */
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
    throw new Error(`${framework}, ${name} answered ${bad} requests of ${good + bad} with something else than 200`)
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

/** Peers against jobpass, by processor time: as it is set up by default, and with its cache off. */
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
