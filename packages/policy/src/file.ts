/**
 * Policy documents in files, on Node: read at start, and again whenever the file changes.
 *
 * @module
 */

import { extname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Clock, ProviderLike, WorkloadFrom } from '@jobpass/core'
import { checkSnapshot } from '@jobpass/core/internal'
import { PolicyError } from './fault.ts'
import type { PolicyOptions, SettledOptions } from './options.ts'
import { policyOptions, readMaxBytes, readPolicyOptions } from './options.ts'
import type { Policy, Version, VersionSource } from './policy.ts'
import { makePolicy, makeSource } from './policy.ts'
import type { Look } from './read-file.ts'
import { isSame, lookAt } from './read-file.ts'
import { readVersion } from './read-policy.ts'
import type { PolicyFormat } from './source.ts'
import { readText } from './source.ts'
import { quote, show } from './text.ts'
import { Arrivals, notWhole } from './whole.ts'

/** The options of `watchPolicy`. */
export interface WatchOptions<P extends readonly ProviderLike[] = readonly ProviderLike[]> extends PolicyOptions<P> {
  /** Called for each new version once it is in force. Default: none. */
  readonly onReload?: (policy: Policy<WorkloadFrom<P[number]>>) => void
  /**
   * Called with the reason when a new version is rejected; the last valid version stays in force.
   * Default: `process.emitWarning`.
   */
  readonly onError?: (error: Error) => void
  /** Maximum size of the file in bytes: 1 to 1,048,576. Default 65,536. */
  readonly maxBytes?: number
  /**
   * Seconds between two polls of the file, 0.1 to 3600. A change is used once two polls find the
   * same text. Default 1.
   */
  readonly interval?: number
  /**
   * Timer of the polls, for tests. Default: the runtime's, which does not keep the process alive.
   */
  readonly clock?: Pick<Clock, 'after'>
}

/** A policy that follows its file. Handles stay valid; each request sees one version throughout. */
export interface WatchedPolicy<out W> extends Policy<W> {
  /**
   * Reads the file now, for example on SIGHUP. Returns whether the content of the file is in force;
   * if not, `onError` is called with the reason.
   */
  reload(): boolean
  /** Stops following the file; the last version stays in force. */
  close(): void
}

/**
 * Creates a policy from a file (`.yaml`, `.yml` or `.json`) and follows the file. A new version is
 * checked completely before it replaces the last one; if it is invalid, the last one stays. A
 * missing file is an error, and so is a version without a set that a route uses.
 *
 * The file is read by its path, so renaming and switching symbolic links work. A version is used
 * only if it is complete: a file renamed to the path, JSON, or YAML that ends with a line of three
 * dots (`...`). Text that was written in place without that line may be truncated, and a rule
 * without its last line is a wider rule: it is an error. So is a version that a verifier which
 * already used these rules cannot use, such as one without ids under `strict`.
 *
 * @throws {PolicyError} (a `TypeError`) that lists all faults with path, line and column.
 *
 * @example
 * ```ts
 * const policy = watchPolicy('policy.yaml', {
 *   providers: [githubActions],
 *   onError: (error) => log.error(error.message),
 * })
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
  /** The path as given, for messages. */
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
  /** Names of sets with a handle. */
  readonly asked: Set<string>
  readonly arrivals: Arrivals
  /** The last version that was checked. */
  judged: Look
  /** The result of the last poll. */
  pending: Look
  closed: boolean
  cancel: () => void
}

const watchOptions = {
  ...policyOptions,
  onReload: true,
  onError: true,
  maxBytes: true,
  interval: true,
  clock: true,
} as const satisfies Record<keyof WatchOptions, true>

function settle(path: string | URL, options: WatchOptions): Settled {
  const settled = readPolicyOptions('watchPolicy()', options, watchOptions)
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
    // Some runtimes that support Node's file API have timers that are numbers.
    const handle: { unref?: () => void } = setTimeout(callback, milliseconds)
    handle.unref?.()
    return () => clearTimeout(handle as NodeJS.Timeout)
  },
}

/** The version at start. */
function firstVersion(look: Look, settled: Settled): Version {
  try {
    return readLook(look, settled)
  } catch (error) {
    throw error instanceof PolicyError ? named(error, settled.name) : error
  }
}

/** Polls the file; text that two polls agree on is no longer being written. */
function follow(settled: Settled, state: State, policy: Policy<never>): void {
  state.cancel = settled.clock.after(settled.interval * 1000, () => {
    const look = lookAt(settled.file, settled.maxBytes)
    state.arrivals.note(look)
    if (!isSame(look, state.judged) && isSame(look, state.pending)) judge(look, settled, state, policy)
    state.pending = look
    if (!state.closed) follow(settled, state, policy)
  })
}

/** Checks a version completely before it replaces the last one. */
function judge(look: Look, settled: Settled, state: State, policy: Policy<never>): boolean {
  // Valid or not, do not check this text again until it changes.
  state.judged = look
  try {
    const version = readLook(look, settled)
    if (!state.arrivals.isWhole(look, settled.format)) throw faultOf(notWhole)
    const lost = [...state.asked].filter((name) => !version.snapshot.has(name))
    if (lost.length > 0)
      throw faultOf(`lacks ${lost.map(quote).join(' and ')}, which a route uses: the last version stays`, 'rules')
    checkSnapshot(state.source, version.snapshot)
    state.source.version = version
  } catch (error) {
    notify(settled.onError, named(error as Error, settled.name))
    return false
  }
  notify(settled.onReload, policy)
  return true
}

function readLook({ text, failure }: Look, { format, maxBytes, ...options }: Settled): Version {
  if (failure !== undefined) throw failure
  return readVersion(readText(text, format, maxBytes), options)
}

function faultOf(message: string, path = ''): PolicyError {
  return new PolicyError([{ path, message }])
}

/** Adds the name of the file to an error. */
function named(error: Error, name: string): PolicyError {
  if (error instanceof PolicyError) return new PolicyError(error.faults, name, { cause: error.cause })
  return new PolicyError([{ path: 'rules', message: error.message }], name, { cause: error })
}

/** Calls a hook. Errors of hooks have no effect. */
function notify<T>(hook: (value: T) => void, value: T): void {
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
