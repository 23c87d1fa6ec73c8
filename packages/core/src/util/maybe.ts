/** Values that may be there at once: what waits for nothing costs no promise. */

/** A value, or the promise of one. */
export type Maybe<T> = T | Promise<T>

/** Goes on with a value: at once where it is there, else when it comes. (Not called `then`: a module that exports one is taken for a promise.) */
export function chain<T, U>(value: Maybe<T>, next: (value: T) => Maybe<U>): Maybe<U> {
  return value instanceof Promise ? value.then(next) : next(value)
}
