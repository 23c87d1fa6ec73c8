/** The error of a database that is unreachable. */

/**
 * The database is unreachable, or was too busy for every attempt. The endpoints answer it with 503,
 * as guards and the exchange do.
 */
export class StoreUnavailable extends Error {
  /** The name of the class. */
  override readonly name = 'StoreUnavailable'

  /** Makes one, with the error of the database as its cause. */
  constructor(cause: unknown) {
    super('The store of publishers is unreachable.', { cause })
  }
}
