/**
 * What is known of an object and kept on the object itself, under a name that no other code can make, read or copy (ECMAScript's private elements; a proxy does not have
 * them). A WeakMap would say the same, and make the garbage collector look at every request and every identity once more.
 */

/** A name of this module's own for what is known of objects. */
export interface PrivateName<T> {
  get(object: object): T | undefined
  set(object: object, value: T | undefined): void
}

/** Stands in for a base class: what is constructed is the very object that it is given. */
const Given = function (object: object) {
  return object
} as unknown as new (object: object) => object

/** Makes a name. */
export function privateName<T>(): PrivateName<T> {
  class Named extends Given {
    #value: T | undefined

    constructor(object: object, value: T | undefined) {
      super(object)
      this.#value = value
    }

    static get(object: object): T | undefined {
      return #value in object ? object.#value : undefined
    }

    static set(object: object, value: T | undefined): void {
      if (#value in object) object.#value = value
      // oxlint-disable-next-line no-new -- what it makes is the object that it was given
      else new Named(object, value)
    }
  }
  return Named
}
