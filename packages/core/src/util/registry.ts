/**
 * What is known of an object and kept on the object itself, under a name that no other code can make, read or copy: a private element (ECMA-262 §7.3.27) that a class
 * beneath this one gives to whatever it constructs. A proxy does not have it. A WeakMap would say the same, and make the garbage collector look at every request and
 * every identity once more. Each use is a class of its own, written out: made by a function, they would share one inline cache, and look each other's names up.
 */

/** The base class of a mark: what is constructed is the very object that it is given. */
export const Given: new (object: object) => object = function (object: object) {
  return object
} as never
