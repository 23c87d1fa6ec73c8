/**
 * The process of a job: all that the client reads from the outside, so that tests can replace it.
 */

/** Environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>

/** A clock, which tests replace so that back-off needs no waiting. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Resolves after some milliseconds; rejects with the signal's reason if it aborts before. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>
}

/** A request over a local socket. */
export interface SocketRequest {
  /** Path of the socket. */
  readonly socket: string
  /** Path of the URL. */
  readonly path: string
  /** The body, as JSON. */
  readonly body: string
}

/** The process of a job. */
export interface Job {
  /** Environment variables. Default: those of the process. */
  readonly env: Environment
  /** Sends requests. Default: the runtime's `fetch`. */
  readonly fetch: typeof fetch
  /** Time. Default: the runtime's clock. */
  readonly clock: Clock
  /**
   * Runs a program and returns what it prints. Rejects with its error output. Default: by
   * `node:child_process`.
   */
  readonly run: (program: string, args: readonly string[], signal: AbortSignal) => Promise<string>
  /** Reads a text file. Default: by `node:fs`. */
  readonly readFile: (path: string) => Promise<string>
  /**
   * Sends a POST request over a local socket, and returns the body of a 200. Default: by
   * `node:http`.
   */
  readonly post: (request: SocketRequest, signal: AbortSignal) => Promise<string>
  /** Writes a line where the runner reads commands. Default: to standard output. */
  readonly print: (line: string) => void
}

/** The process that this runs in: Node, Bun or Deno. */
export const thisJob: Job = Object.freeze({
  // A getter: a variable that is set later counts.
  get env() {
    return process.env
  },
  fetch: (input: RequestInfo | URL, init?: RequestInit) => fetch(input, init),
  clock: { now: () => Date.now(), sleep },
  run: async (program: string, args: readonly string[], signal: AbortSignal) => {
    const { execFile } = await import('node:child_process')
    return new Promise<string>((resolve, reject) => {
      execFile(program, [...args], { signal, maxBuffer: maxOutput }, (error, stdout, stderr) => {
        if (error === null) resolve(stdout)
        else reject(new Error(`${program} failed: ${stderr.trim() || String(error.code)}`))
      })
    })
  },
  readFile: async (path: string) => (await import('node:fs/promises')).readFile(path, 'utf8'),
  post: async ({ socket, path, body }: SocketRequest, signal: AbortSignal) => {
    const { request } = await import('node:http')
    const headers = { 'content-type': 'application/json', 'content-length': new TextEncoder().encode(body).length }
    return new Promise<string>((resolve, reject) => {
      const sent = request({ socketPath: socket, path, method: 'POST', headers, signal }, (answer) => {
        let text = ''
        answer.setEncoding('utf8').on('data', (part: string) => {
          text += part
          if (text.length > maxOutput) answer.destroy(new Error('the answer is too long'))
        })
        answer.once('error', reject).once('end', () => {
          if (answer.statusCode === 200) resolve(text)
          else reject(new Error(`${socket} answered ${answer.statusCode}`))
        })
      })
      sent.once('error', reject).end(body)
    })
  },
  // Runners read commands from standard output.
  print: (line: string) => console.log(line),
})

/** The most characters of an answer: more than any token has. */
export const maxOutput = 65_536

function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error)
    const timer = setTimeout(done, milliseconds)
    function abort(): void {
      clearTimeout(timer)
      reject(signal?.reason as Error)
    }
    function done(): void {
      signal?.removeEventListener('abort', abort)
      resolve()
    }
    signal?.addEventListener('abort', abort, { once: true })
  })
}

/** Settles as the work does, or aborts it and rejects with a `TimeoutError` after some seconds. */
export async function within<T>(clock: Clock, seconds: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const [late, done] = [new AbortController(), new AbortController()]
  void clock.sleep(seconds * 1000, done.signal).then(
    () => late.abort(new DOMException(`took longer than ${seconds} s`, 'TimeoutError')),
    () => {},
  )
  try {
    return await abortable(work(late.signal), late.signal)
  } finally {
    done.abort()
  }
}

/** Settles as the promise does, or rejects when the signal aborts. The work goes on. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
