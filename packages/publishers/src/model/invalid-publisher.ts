/** The errors of publishers that cannot be added. */

/** A field of a publisher, and what is wrong with it. */
export interface PublisherFault {
  /** The field, such as `ownerId`; `issuer` where no provider has it. */
  readonly field: string
  /** What is wrong, as a sentence without its subject: `must not be empty`. */
  readonly message: string
}

/**
 * A publisher that cannot be added, since no job would match it or a part is missing.
 *
 * @example
 * ```ts
 * const added = await publishers.add(form).catch((error: unknown) => {
 *   if (error instanceof InvalidPublisher) return error.faults
 *   throw error
 * })
 * ```
 */
export class InvalidPublisher extends TypeError {
  /** The name of the class. */
  override readonly name: string = 'InvalidPublisher'
  /** What is wrong, at least one fault. */
  readonly faults: readonly PublisherFault[]

  /** Makes one from its faults. */
  constructor(faults: readonly PublisherFault[]) {
    super(`The publisher cannot be added: ${faults.map(({ field, message }) => `${field} ${message}`).join('; ')}`)
    this.faults = faults
  }
}

/** A publisher beyond a limit of the store: another one has to be removed before. */
export class TooManyPublishers extends InvalidPublisher {
  /** The name of the class. */
  override readonly name = 'TooManyPublishers'
}
