/** Reads publishers to add, from programs and from forms alike. */

import { isPlainObject } from '@jobpass/core/internal'
import type { PublisherRow } from '../model/store.ts'
import { checkConditions } from './rules.ts'
import type { RuleField, TrustedProvider } from './trusted-providers.ts'

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
  override readonly name = 'InvalidPublisher'
  /** What is wrong, at least one fault. */
  readonly faults: readonly PublisherFault[]

  /** Makes one from its faults. */
  constructor(faults: readonly PublisherFault[]) {
    super(`The publisher cannot be added: ${faults.map(({ field, message }) => `${field} ${message}`).join('; ')}`)
    this.faults = faults
  }
}

const longest = 255

const required = ['project', 'account', 'issuer', 'ownerId'] as const
const conditions = ['workflowFile', 'environment'] as const
const known: ReadonlySet<string> = new Set([...required, 'repositoryId', 'repository', ...conditions])

/**
 * The row of a publisher to add. `target` is what names its repository: `repositoryId`, or
 * `repository` for a pending one.
 *
 * @throws {InvalidPublisher} that says what is wrong with each field.
 */
export function readPublisher(
  given: unknown,
  target: 'repositoryId' | 'repository',
  providers: ReadonlyMap<string, TrustedProvider>,
): Omit<PublisherRow, 'createdAt' | 'expiresAt'> {
  if (!isPlainObject(given)) throw new InvalidPublisher([{ field: 'publisher', message: 'must be an object' }])
  const faults: PublisherFault[] = Object.keys(given)
    .filter((field) => !known.has(field) || (field === 'repositoryId' && target === 'repository'))
    .map((field) => ({ field, message: 'is not a field of such a publisher' }))
  const text = (field: string, isRequired: boolean): string | undefined => {
    const value = Object.hasOwn(given, field) ? given[field] : undefined
    const message = textFault(value, isRequired)
    if (message !== undefined) faults.push({ field, message })
    return message === undefined ? (value as string | undefined) : undefined
  }
  const [project, account, issuer, ownerId] = required.map((field) => text(field, true))
  const repositoryId = target === 'repositoryId' ? text('repositoryId', true) : undefined
  const repository = text('repository', target === 'repository')
  const [workflowFile, environment] = conditions.map((field) => text(field, false))
  const provider = providers.get(issuer ?? '')
  if (issuer !== undefined && provider === undefined)
    faults.push({ field: 'issuer', message: `must be one of ${[...providers.keys()].join(', ')}` })
  if (provider !== undefined) {
    const values = { ownerId, repositoryId, repository, workflowFile, environment }
    for (const [field, value] of Object.entries(values)) {
      const message = value === undefined ? undefined : provider.faultOf(field as RuleField, value)
      if (message !== undefined) faults.push({ field, message })
    }
  }
  if (faults.length > 0) throw new InvalidPublisher(faults)
  const row = {
    project: project as string,
    account: account as string,
    provider: (provider as TrustedProvider).id,
    issuer: issuer as string,
    ownerId: ownerId as string,
    repositoryId,
    repository,
    ...(workflowFile !== undefined && { workflowFile }),
    ...(environment !== undefined && { environment }),
  }
  checkConditions(row, provider as TrustedProvider)
  return row
}

function textFault(value: unknown, isRequired: boolean): string | undefined {
  if (value === undefined) return isRequired ? 'is missing' : undefined
  if (typeof value !== 'string') return 'must be text'
  if (value.trim() === '') return isRequired ? 'must not be empty' : 'must not be empty; leave it out'
  if (value.length > longest) return `must have at most ${longest} characters`
  return /\p{Cc}/u.test(value) ? 'must not have control characters' : undefined
}
