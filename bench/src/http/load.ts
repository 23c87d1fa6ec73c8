/** The caller in a process of its own: keeps connections busy for a moment, and says how many calls were answered well. */

import autocannon from 'autocannon'

/** What it is asked. */
export interface Load {
  readonly port: number
  /** For how long, or how many calls. */
  readonly until: { readonly seconds: number } | { readonly calls: number }
  readonly connections: number
  /** Each connection takes its share, and sends it in turn. */
  readonly requests: readonly Call[]
}

/** One request. */
export interface Call {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/** What it answers. */
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
  // It looks at the time once in a sample.
  const options = { url: `http://127.0.0.1:${port}`, connections, ...end, sampleInt: 100, setupClient }
  const result = await autocannon(options)
  return { good: result['2xx'], bad: result.non2xx + result.errors, seconds: (performance.now() - start) / 1000 }
}
