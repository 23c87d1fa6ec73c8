/** Values that may be there at once: what waits for nothing costs no promise. */

/** A value, or the promise of one. */
export type Awaitable<T> = T | Promise<T>

/**
 * Whether a value has to be waited for. Its `then` says so: `instanceof Promise` asks the global, which bluebird, zone.js
 * and tracing tools replace, and native promises are no instances of what they put there.
 */
export function isPromise<T>(value: Awaitable<T>): value is Promise<T> {
  return typeof (value as { readonly then?: unknown } | null | undefined)?.then === 'function'
}

/** Goes on with a value: at once where it is there, else when it comes. (Not called `then`: a module that exports one is taken for a promise.) */
export function andThen<T, U>(value: Awaitable<T>, next: (value: T) => Awaitable<U>): Awaitable<U> {
  return isPromise(value) ? value.then(next) : next(value)
}
