/** Values that may be available synchronously, so that no promise is made without need. */

/** A value, or the promise of one. */
export type Awaitable<T> = T | Promise<T>

/**
 * Whether a value is a promise, by its `then`. `instanceof Promise` would use the global, which
 * bluebird, zone.js and tracing tools replace; native promises are not instances of the
 * replacement.
 */
export function isPromise<T>(value: Awaitable<T>): value is Promise<T> {
  return typeof (value as { readonly then?: unknown } | null | undefined)?.then === 'function'
}

/**
 * Continues with a value: synchronously where it is available, else when it resolves. (Not called
 * `then`: a module that exports `then` is taken for a promise.)
 */
export function andThen<T, U>(value: Awaitable<T>, next: (value: T) => Awaitable<U>): Awaitable<U> {
  return isPromise(value) ? value.then(next) : next(value)
}
