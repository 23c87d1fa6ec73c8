/**
 * Rules suggested from a verified identity. A person must read and store a suggestion; it must
 * never decide about the caller that it was made from.
 */

import type { CompiledTable } from '../table/compile-table.ts'
import type { VerifyingIssuer } from '../workload/verified-token.ts'
import { verifiedTokenOf } from '../workload/verified-token.ts'
import type { RuleJson, TrustRule } from '../rule/rule.ts'
import { own } from '../util/objects.ts'
import { formatValue } from '../util/format.ts'
import { decide } from '../rule/verdict.ts'
import type { AnyWorkload } from '../model/workload.ts'
import { versionsNeeded, describeVersion } from '../table/minimum-version.ts'
import { notMadeHere } from '../util/copies.ts'

const ids = ['ownerId', 'repositoryId', 'projectId'] as const
const refs = ['branch', 'tag', 'mergeQueue', 'pullRequest'] as const

/**
 * Suggests the tightest sensible rule for jobs like this one, as JSON: immutable ids, the branch or
 * tag, the environment, the workflow file, and the event where it is not a trusted one.
 *
 * `suggestionNotes()` lists what the rule relies on in addition to the token.
 *
 * @throws {TypeError} for an identity that no verifier made.
 * @example
 * ```ts
 * app.get('/suggest', (req, res) => res.json(suggestRule(getWorkload(req))))
 * ```
 */
export function suggestRule(workload: AnyWorkload): RuleJson {
  const { table } = issuerOf(workload)
  const facts = workload as unknown as Readonly<Record<string, unknown>>
  const names = new Set<string>(['provider', 'issuer'])
  for (const name of [...ids, ...table.tenant]) if (table.fields.has(name)) names.add(name)
  for (const name of table.table.pins) if (table.fields.get(name)?.immutable === true) names.add(name)
  for (const name of table.table.suggestedFields ?? []) names.add(name)
  const ref = refs.find((name) => facts[name] !== undefined)
  names.add(ref ?? 'ref')
  for (const name of ['refProtected', 'environment', 'environmentProtected', 'jobWorkflow']) names.add(name)
  // The path alone, where the file is that of the run's own ref.
  names.add(facts['workflowFile'] === undefined ? 'workflow' : 'workflowFile')
  if (isUnusual(table, facts)) for (const name of ['event', ...(table.table.untrustedWhen ?? [])]) names.add(name)
  // A field that means nothing without others brings them along.
  const { requires = {} } = table.table
  // A loop over a Set also visits what is added meanwhile.
  for (const name of names) for (const other of [own(requires, name) ?? []].flat() as string[]) names.add(other)
  // It adds nothing where it is the workflow file of the run.
  if (facts['jobWorkflow'] === facts['workflow']) names.delete('jobWorkflow')
  const known = [...names].filter((name) => name === 'provider' || name === 'issuer' || table.fields.has(name))
  return pick(facts, known)
}

/**
 * What to check before a suggested rule is stored, since no token proves it: the minimum versions
 * of the issuer's server, in sentences. Empty where none are known.
 *
 * @throws {TypeError} for an identity that no verifier made.
 * @example
 * ```ts
 * app.get('/suggest', (req, res) => {
 *   const workload = getWorkload(req)
 *   res.json({ rule: suggestRule(workload), notes: suggestionNotes(workload) })
 * })
 * ```
 */
export function suggestionNotes(workload: AnyWorkload): readonly string[] {
  const { table } = issuerOf(workload).table
  return versionsNeeded(table, workload.issuer).map(describeVersion)
}

/**
 * Replaces names in a rule by the ids of a workload that it matches, as JSON: others can take over
 * a name that was given up.
 *
 * @throws {TypeError} when the rule does not match the workload, or contains code.
 * @example
 * ```ts
 * const rule = githubActions({ repository: 'acme/shop', branch: 'main' })
 * pinById(rule, workload) // { …, repositoryId: '74205118', branch: 'main' }
 * ```
 */
export function pinById(rule: TrustRule<AnyWorkload>, workload: AnyWorkload): RuleJson {
  const { table } = issuerOf(workload)
  if (!decide(rule, workload).allowed)
    throw new TypeError('pinById() takes a workload that the rule matches: the ids are read from it')
  const facts = workload as unknown as Readonly<Record<string, unknown>>
  const needed = new Set(Object.values(table.table.requires ?? {}).flat())
  const json = Object.entries(rule.toJSON()).flatMap(([name, value]): [string, unknown][] => {
    const id = `${name}Id`
    if (!table.table.pins.includes(name) || facts[id] === undefined) return [[name, value]]
    // A pattern or list matches several names. It stays, and the owner's id ties it to the tenant.
    if (typeof value !== 'string')
      return [
        ['ownerId', facts['ownerId']],
        [name, value],
      ]
    return needed.has(name)
      ? [
          [id, facts[id]],
          [name, value],
        ]
      : [[id, facts[id]]]
  })
  return Object.fromEntries(json.filter(([, value]) => value !== undefined)) as unknown as RuleJson
}

function isUnusual({ table }: CompiledTable, facts: Readonly<Record<string, unknown>>): boolean {
  const trusted = table.trustedEvents === undefined || table.trustedEvents.includes(facts['event'] as string)
  return !trusted || (table.untrustedWhen ?? []).some((name) => facts[name] !== undefined && facts[name] !== false)
}

function pick(facts: Readonly<Record<string, unknown>>, names: readonly string[]): RuleJson {
  return Object.fromEntries(
    names.filter((name) => facts[name] !== undefined).map((name) => [name, facts[name]]),
  ) as unknown as RuleJson
}

function issuerOf(workload: unknown): VerifyingIssuer {
  const found = verifiedTokenOf(workload)?.issuer
  if (found === undefined)
    throw notMadeHere(workload, `A suggestion needs a workload made by a verifier, not ${formatValue(workload)}`)
  return found
}
