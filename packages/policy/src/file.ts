/**
 * Policy documents in files, on Node: read now, and again whenever the file changes.
 *
 * @module
 */

import { extname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Clock, ProviderLike, WorkloadFrom } from '@jobpass/core'
import { PolicyError } from './fault.ts'
import type { PolicyOptions, SettledOptions } from './options.ts'
import { readMaxBytes, readOptions } from './options.ts'
import type { Policy, Version } from './policy.ts'
import { makePolicy } from './policy.ts'
import { readFile, stampOf } from './read-file.ts'
import { readVersion } from './read-policy.ts'
import type { PolicyFormat } from './source.ts'
import { readText } from './source.ts'
import { quote, show } from './text.ts'

/** How a file is watched. */
export interface WatchOptions<P extends readonly ProviderLike[] = readonly ProviderLike[]> extends PolicyOptions<P> {
  /** Told of each new version once it is in force. */
  readonly onReload?: (policy: Policy<WorkloadFrom<P[number]>>) => void
  /** Told why a version is not in force; the last good one stays. Default: `process.emitWarning`. */
  readonly onError?: (error: Error) => void
  /** The most bytes of the file, 1 to 1 048 576. Default 65 536. */
  readonly maxBytes?: number
  /** Seconds between two looks at the file, 0.1 to 3600; a change counts when two looks find the same. Default 1. */
  readonly interval?: number
  /** The timer between two looks, for tests. Default: the runtime's, which keeps no process alive. */
  readonly clock?: Pick<Clock, 'after'>
}

/** A policy that follows its file. Handles stay; each request sees one version throughout. */
export interface WatchedPolicy<out W> extends Policy<W> {
  /**
   * Reads the file now, such as on SIGHUP. Returns whether what the file says is in force; when it is not, `onError` is told why.
   */
  reload(): boolean
  /** Stops following the file; the last version stays in force. */
  close(): void
}

/**
 * Makes a policy of a file, `.yaml`, `.yml` or `.json`, and follows the file: a new version is checked in full before it takes the place of the last one, which
 * otherwise stays. A file that is missing, and a version that lacks rules which a route has asked for, are errors.
 *
 * The file is looked at by its path, so that writing over it, renaming over it and swapping links are all seen. Writers do best to write another file and rename it: what
 * a writer leaves half-written for longer than the interval is read as it is.
 *
 * Throws a `PolicyError`, a `TypeError` that tells everything that is wrong, each with its path, line and column.
 *
 * @example
 * ```ts
 * const policy = watchPolicy('policy.yaml', { providers: [githubActions], onError: (error) => log.error(error.message) })
 * app.post('/deploy', requireWorkload(policy.rules('deploy')), handler)
 * process.on('SIGHUP', () => policy.reload())
 * ```
 */
export function watchPolicy<const P extends readonly ProviderLike[]>(
  path: string | URL,
  options: WatchOptions<P>,
): WatchedPolicy<WorkloadFrom<P[number]>> {
  const settled = settle(path, options)
  const { version, stamp } = readNow(settled)
  const state: State = {
    current: version,
    asked: new Set(),
    seen: stamp,
    pending: stamp,
    closed: false,
    cancel: () => {},
  }
  const policy = makePolicy(
    () => state.current,
    (name) => state.asked.add(name),
  )
  const reload = (): boolean => update(settled, state, policy)
  follow(settled, state, reload)
  const close = (): void => {
    state.closed = true
    state.cancel()
  }
  return Object.freeze(
    Object.defineProperties({ reload, close }, Object.getOwnPropertyDescriptors(policy)),
  ) as unknown as WatchedPolicy<never>
}

interface Settled extends SettledOptions {
  readonly file: string
  /** The file as it was named, for messages. */
  readonly name: string
  readonly format: PolicyFormat
  readonly maxBytes: number
  readonly interval: number
  readonly clock: Pick<Clock, 'after'>
  readonly onReload: (policy: Policy<never>) => void
  readonly onError: (error: Error) => void
}

interface State {
  current: Version
  /** Names that handles were made for. */
  readonly asked: Set<string>
  /** The stamp of the file when it was last read. */
  seen: string
  /** The stamp that the last look found. */
  pending: string
  closed: boolean
  cancel: () => void
}

function settle(path: string | URL, options: WatchOptions): Settled {
  const settled = readOptions('watchPolicy()', options, ['onReload', 'onError', 'maxBytes', 'interval', 'clock'])
  const { onReload, onError, interval, clock } = {
    onReload: () => {},
    onError: warn,
    interval: 1,
    clock: timer,
    ...options,
  }
  for (const [name, value] of Object.entries({ onReload, onError, 'clock.after': clock.after }))
    if (typeof value !== 'function') throw new TypeError(`${name} must be a function, not ${show(value)}`)
  if (typeof interval !== 'number' || !(interval >= 0.1 && interval <= 3600))
    throw new TypeError(`interval must be a number of seconds from 0.1 to 3600, not ${show(interval)}`)
  const maxBytes = readMaxBytes(options.maxBytes)
  const name = path instanceof URL ? fileURLToPath(path) : path
  const format = typeof name === 'string' ? formats.get(extname(name).toLowerCase()) : undefined
  if (format === undefined) throw new TypeError(`watchPolicy() takes a .yaml, .yml or .json file, not ${show(path)}`)
  return { ...settled, file: resolve(name), name, format, maxBytes, interval, clock, onReload, onError }
}

const formats: ReadonlyMap<string, PolicyFormat> = new Map([
  ['.yaml', 'yaml'],
  ['.yml', 'yaml'],
  ['.json', 'json'],
])

const timer: Pick<Clock, 'after'> = {
  after: (milliseconds, callback) => {
    // Some runtimes with Node's files have timers of their own, which are numbers.
    const handle: { unref?: () => void } = setTimeout(callback, milliseconds)
    handle.unref?.()
    return () => clearTimeout(handle as NodeJS.Timeout)
  },
}

/** Looks at the file again and again; what two looks agree on is no longer being written. */
function follow(settled: Settled, state: State, reload: () => void): void {
  state.cancel = settled.clock.after(settled.interval * 1000, () => {
    const stamp = stampOf(settled.file)
    if (stamp !== state.seen && stamp === state.pending) reload()
    state.pending = stamp
    if (!state.closed) follow(settled, state, reload)
  })
}

/** Reads, checks, and only then swaps: at every moment one whole version is in force. */
function update(settled: Settled, state: State, policy: Policy<never>): boolean {
  // Whatever comes of it, this state of the file has been read, and is not read again until it changes.
  state.seen = stampOf(settled.file)
  try {
    const { version } = readNow(settled)
    const lost = [...state.asked].filter((name) => !version.snapshot.has(name))
    if (lost.length > 0) {
      const message = `lacks ${lost.map(quote).join(' and ')}, which a route asks for: the last version stays`
      throw new PolicyError([{ path: 'rules', message }], settled.name)
    }
    state.current = version
  } catch (error) {
    tell(settled.onError, error as Error)
    return false
  }
  tell(settled.onReload, policy)
  return true
}

function readNow({ file, name, format, maxBytes, ...options }: Settled): {
  readonly version: Version
  readonly stamp: string
} {
  try {
    const { text, stamp } = readFile(file, maxBytes)
    return { version: readVersion(readText(text, format, maxBytes), options), stamp }
  } catch (error) {
    throw error instanceof PolicyError ? new PolicyError(error.faults, name, { cause: error.cause }) : error
  }
}

/** Hooks observe: what they throw changes nothing. */
function tell<T>(hook: (value: T) => void, value: T): void {
  try {
    const answer: unknown = hook(value)
    if (answer instanceof Promise) answer.catch((error: unknown) => warn(error as Error))
  } catch (error) {
    warn(error as Error)
  }
}

function warn(error: Error): void {
  process.emitWarning(error instanceof Error ? error.message : String(error), 'JobpassWarning')
}
