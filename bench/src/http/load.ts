/**
 * The load generator, in a separate process: keeps connections busy for a while, and counts
 * successful responses.
 */

import autocannon from 'autocannon'

/** A load to generate. */
export interface Load {
  readonly port: number
  /** Duration, or number of calls. */
  readonly until: { readonly seconds: number } | { readonly calls: number }
  readonly connections: number
  /** Each connection sends its share in turn. */
  readonly requests: readonly Call[]
}

/** One request. */
export interface Call {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/** The result. */
export interface Answered {
  readonly good: number
  readonly bad: number
  readonly seconds: number
}

process.on('disconnect', () => process.exit())
process.on('message', (load: Load) => {
  void run(load).then((answered) => process.send?.(answered))
})

async function run({ port, until, connections, requests }: Load): Promise<Answered> {
  let made = 0
  const setupClient = (client: autocannon.Client): void => {
    const share = Math.max(1, Math.floor(requests.length / connections))
    const from = (made++ * share) % requests.length
    client.setRequests(requests.slice(from, from + share).map((call) => ({ ...call })))
  }
  const start = performance.now()
  const end = 'calls' in until ? { amount: until.calls } : { duration: until.seconds }
  // autocannon checks the time once per sample.
  const options = { url: `http://127.0.0.1:${port}`, connections, ...end, sampleInt: 100, setupClient }
  const result = await autocannon(options)
  return { good: result['2xx'], bad: result.non2xx + result.errors, seconds: (performance.now() - start) / 1000 }
}
