/** Reads publishers to add, from programs and from forms alike. */

import { isPlainObject } from '@jobpass/core/internal'
import { InvalidPublisher } from '../model/invalid-publisher.ts'
import type { PublisherFault } from '../model/invalid-publisher.ts'
import type { PublisherRow } from '../model/store.ts'
import { isStorable } from '../model/text.ts'
import { checkConditions } from './rules.ts'
import type { RuleField, TrustedProvider } from './trusted-providers.ts'

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
  if (value.trim() !== value) return 'must not begin or end with blanks'
  if (/\p{Cc}/u.test(value)) return 'must not have control characters'
  return isStorable(value) ? undefined : 'must be well-formed Unicode'
}
