/** Publishers of other registries, from the rules that `@jobpass/import` makes of them. */

import { formatValue, isPlainObject, readOptions } from '@jobpass/core/internal'
import type { Managed, NewPendingPublisher, NewPublisher } from '../model/publisher.ts'
import type { PublisherIssuer, Publishers } from '../trust/publishers.ts'

/** The options of `importPublishers`. */
export interface ImportPublishersOptions extends Managed {
  /** The registry that they will be of: its CI systems are known by it. */
  readonly registry: Pick<Publishers, 'issuers'>
  /** Ids of owners by their names, where the source has names only. Default: none. */
  readonly ownerIds?: Readonly<Record<string, string>>
}

/** A rule of which no publisher was made, or one that differs from its publisher. */
export interface ImportedFinding {
  /** Place of the rule: `rules.publish[0]`. */
  readonly where: string
  /** What was found. */
  readonly message: string
}

/** Publishers to add, by `add` and `addPending`. */
export interface ImportedPublishers {
  /** Those with a repository id. */
  readonly publishers: readonly NewPublisher[]
  /** Those with a repository name: their first job sets the id. */
  readonly pending: readonly NewPendingPublisher[]
  /** What was left out, or differs. */
  readonly findings: readonly ImportedFinding[]
}

/** A document with rules, such as the `policy` that `importPolicy()` returns. */
export interface RulesDocument {
  /** The rules by the name of their set. */
  readonly rules: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>
}

/**
 * Makes publishers of the rules that `importPolicy()` of `@jobpass/import` makes of trusted
 * publishers of npm, PyPI and crates.io, and of policies of OIDC UI. A rule with a condition that
 * publishers do not have is left out.
 *
 * @throws {TypeError} without `registry`, `project` or `account`.
 * @example
 * ```ts
 * const { policy } = importPolicy('npm', await readFile('npm-trust-list.json', 'utf8'))
 * const ownerIds = { acme: '1234567' }
 * const shop = { registry: publishers, project: 'shop', account: 'acme', ownerIds }
 * const imported = importPublishers(policy, shop)
 * for (const publisher of imported.publishers) await publishers.add(publisher)
 * for (const pending of imported.pending) await publishers.addPending(pending)
 * ```
 */
export function importPublishers(
  document: RulesDocument | undefined,
  options: ImportPublishersOptions,
): ImportedPublishers {
  const {
    registry,
    project,
    account,
    ownerIds = {},
  } = readOptions<ImportPublishersOptions>('importPublishers()', options, {
    registry: true,
    project: true,
    account: true,
    ownerIds: true,
  })
  if (registry === undefined || project === undefined || account === undefined)
    throw new TypeError('importPublishers() needs registry, project and account')
  const publishers: NewPublisher[] = []
  const pending: NewPendingPublisher[] = []
  const findings: ImportedFinding[] = []
  for (const [set, rules] of Object.entries(document?.rules ?? {}))
    for (const [index, rule] of rules.entries()) {
      const where = `rules.${set}[${index}]`
      const read = readRule(rule, registry.issuers, ownerIds)
      if (typeof read === 'string') {
        findings.push({ where, message: read })
        continue
      }
      if ('jobWorkflowFile' in rule) findings.push({ where, message: ofRun })
      const { repositoryId, repository, ...others } = read
      const row = { project, account, ...others }
      if (repositoryId !== undefined) publishers.push({ ...row, ...(repository && { repository }), repositoryId })
      else if (repository !== undefined) pending.push({ ...row, repository })
    }
  return { publishers, pending, findings }
}

const ofRun =
  'The original compares the file that defines the job, and the publisher the one that defines the run. They differ where a workflow calls another one.'

type Read = Omit<NewPublisher, keyof Managed | 'repositoryId'> & { readonly repositoryId?: string }

const texts = [
  'issuer',
  'owner',
  'ownerId',
  'repository',
  'repositoryId',
  'workflowFile',
  'jobWorkflowFile',
  'environment',
]
const known: ReadonlySet<string> = new Set(['provider', 'environmentProtected', ...texts])

/** The publisher of a rule, or the reason that it makes no publisher. */
function readRule(
  rule: unknown,
  issuers: readonly PublisherIssuer[],
  ownerIds: Readonly<Record<string, string>>,
): Read | string {
  if (!isPlainObject(rule)) return 'The rule is not an object.'
  const strange = Object.keys(rule).find((key) => !known.has(key))
  if (strange !== undefined) return `The rule has the condition ${formatValue(strange)}, which publishers do not have.`
  const several = texts.find((key) => rule[key] !== undefined && typeof rule[key] !== 'string')
  if (several !== undefined) return `The condition ${formatValue(several)} is not one text.`
  const { provider, issuer, ownerId, owner, repository, repositoryId, environment } = rule as Record<string, string>
  const system = issuers.find((each) => each.provider === provider && (issuer ?? each.issuer) === each.issuer)
  if (system === undefined) return `The registry does not trust ${formatValue(issuer ?? provider)}.`
  if (repository === undefined && repositoryId === undefined) return 'The rule names no repository.'
  const name = owner ?? repository?.slice(0, repository.lastIndexOf('/')) ?? ''
  const id = ownerId ?? (Object.hasOwn(ownerIds, name) ? ownerIds[name] : undefined)
  if (id === undefined)
    return `The id of the owner ${formatValue(name)} is not known: write ownerIds: { '${name}': '…' }`
  const { workflowFile, jobWorkflowFile = workflowFile } = rule as Record<string, string>
  if (workflowFile !== undefined && workflowFile !== jobWorkflowFile) return 'The rule names two workflow files.'
  return {
    issuer: system.issuer,
    ownerId: id,
    ...(repository !== undefined && { repository }),
    ...(repositoryId !== undefined && { repositoryId }),
    ...(jobWorkflowFile !== undefined && { workflowFile: jobWorkflowFile }),
    ...(environment !== undefined && { environment }),
  }
}
