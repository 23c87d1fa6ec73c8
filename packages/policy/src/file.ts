/**
 * Policy documents in files, on Node: read now, and again whenever the file changes.
 *
 * @module
 */

import { extname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Clock, ProviderLike, WorkloadFrom } from '@jobpass/core'
import { checkSnapshot } from '@jobpass/core/internal'
import { PolicyError } from './fault.ts'
import type { PolicyOptions, SettledOptions } from './options.ts'
import { readMaxBytes, readOptions } from './options.ts'
import type { Policy, Version, VersionSource } from './policy.ts'
import { makePolicy, makeSource } from './policy.ts'
import type { Look } from './read-file.ts'
import { isSame, lookAt } from './read-file.ts'
import { readVersion } from './read-policy.ts'
import type { PolicyFormat } from './source.ts'
import { readText } from './source.ts'
import { quote, show } from './text.ts'
import { Arrivals, notWhole } from './whole.ts'

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
 * The file is read by its path, so that renaming over it and swapping links are seen. A version counts when it is whole: in
 * a file that was renamed to the path, in JSON, or in YAML that ends with a line of three dots (`...`). A text that was
 * written in place without that line may be cut off, and a rule without its last line is a wider rule: such a text is an
 * error. So is a version that a verifier which has used these rules cannot use, such as one without ids under `strict`.
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
  const look = lookAt(settled.file, settled.maxBytes)
  const state: State = {
    source: makeSource(firstVersion(look, settled)),
    asked: new Set(),
    arrivals: new Arrivals(look),
    judged: look,
    pending: look,
    closed: false,
    cancel: () => {},
  }
  const policy = makePolicy(state.source, (name) => state.asked.add(name))
  const reload = (): boolean => {
    const now = lookAt(settled.file, settled.maxBytes)
    state.arrivals.note(now)
    return judge(now, settled, state, policy)
  }
  follow(settled, state, policy)
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
  readonly source: VersionSource
  /** Names that handles were made for. */
  readonly asked: Set<string>
  readonly arrivals: Arrivals
  /** The look that was last judged. */
  judged: Look
  /** What the last look found. */
  pending: Look
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

/** The version that the program starts with. */
function firstVersion(look: Look, settled: Settled): Version {
  try {
    return readLook(look, settled)
  } catch (error) {
    throw error instanceof PolicyError ? named(error, settled.name) : error
  }
}

/** Looks at the file again and again; what two looks agree on is no longer being written. */
function follow(settled: Settled, state: State, policy: Policy<never>): void {
  state.cancel = settled.clock.after(settled.interval * 1000, () => {
    const look = lookAt(settled.file, settled.maxBytes)
    state.arrivals.note(look)
    if (!isSame(look, state.judged) && isSame(look, state.pending)) judge(look, settled, state, policy)
    state.pending = look
    if (!state.closed) follow(settled, state, policy)
  })
}

/** Checks, and only then swaps: at every moment one whole version is in force. */
function judge(look: Look, settled: Settled, state: State, policy: Policy<never>): boolean {
  // Whatever comes of it, this text has been judged, and is not judged again until it changes.
  state.judged = look
  try {
    const version = readLook(look, settled)
    if (!state.arrivals.isWhole(look, settled.format)) throw faultOf(notWhole)
    const lost = [...state.asked].filter((name) => !version.snapshot.has(name))
    if (lost.length > 0)
      throw faultOf(`lacks ${lost.map(quote).join(' and ')}, which a route asks for: the last version stays`, 'rules')
    checkSnapshot(state.source, version.snapshot)
    state.source.version = version
  } catch (error) {
    tell(settled.onError, named(error as Error, settled.name))
    return false
  }
  tell(settled.onReload, policy)
  return true
}

function readLook({ text, failure }: Look, { format, maxBytes, ...options }: Settled): Version {
  if (failure !== undefined) throw failure
  return readVersion(readText(text, format, maxBytes), options)
}

function faultOf(message: string, path = ''): PolicyError {
  return new PolicyError([{ path, message }])
}

/** An error about the file, with the name of the file. */
function named(error: Error, name: string): PolicyError {
  if (error instanceof PolicyError) return new PolicyError(error.faults, name, { cause: error.cause })
  return new PolicyError([{ path: 'rules', message: error.message }], name, { cause: error })
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
