/** Writes the conditions of a rule as people write them. */

import type { ProviderTable } from '@jobpass/core'
import type { Choice } from './condition.ts'
import { isExact, membersOf, oneOrList } from './condition.ts'
import type { KnownIssuer } from './issuers.ts'

type Members = Readonly<Record<string, unknown>>

/** The rule of conditions, as in a document; `undefined` where no token satisfies them. */
export function conditionsOf(choice: Choice, { head, table }: KnownIssuer): Members | undefined {
  const tenant = Object.entries(head).filter(([key]) => key !== 'provider' && key !== 'issuer')
  const members = membersOf([...tenant.map(([key, value]) => ({ key, value })), ...choice])
  if (members === undefined) return undefined
  const { id, trustedEvents } = table.table
  const short = splitsRefs.has(id) ? withBranch(members) : members
  const rule = { ...head, ...withProtection(withoutImplied(short, trustedEvents), table.table) }
  const order = [
    'provider',
    'issuer',
    ...[...table.fields.keys()].filter((name) => name !== 'subject'),
    'claims',
    'subject',
  ]
  return Object.fromEntries(Object.entries(rule).toSorted(([a], [b]) => order.indexOf(a) - order.indexOf(b)))
}

/** The providers whose `branch` and `tag` are parts of the ref, and nothing else. */
const splitsRefs: ReadonlySet<string> = new Set(['github-actions', 'circleci'])

/**
 * With `branch: main` in place of `ref: refs/heads/main`. A rule that names events keeps its ref.
 */
function withBranch(members: Members): Members {
  const { ref, ...others } = members
  const values = refsIn(ref)
  if (values === undefined || isNamed(members['event'])) return members
  for (const [field, folder] of [['branch', 'refs/heads/'] as const, ['tag', 'refs/tags/'] as const]) {
    if (!values.every((value) => value.startsWith(folder))) continue
    const names = oneOrList(values.map((value) => value.slice(folder.length)))
    const own = members[field]
    if (own === undefined || JSON.stringify(own) === JSON.stringify(names)) return { ...others, [field]: names }
  }
  return members
}

function refsIn(ref: unknown): readonly string[] | undefined {
  const list: readonly unknown[] = Array.isArray(ref) ? ref : [ref]
  return list.every((each) => typeof each === 'string') ? list : undefined
}

/** Whether a condition names events, so that untrusted ones match. */
export function isNamed(event: unknown): boolean {
  const parts =
    typeof event === 'object' && event !== null && 'allOf' in event ? (event.allOf as readonly unknown[]) : [event]
  return event !== undefined && parts.some(isExact)
}

/**
 * A field that proves nothing by itself, such as GitLab's environment, with the one that protects
 * it.
 */
function withProtection(members: Members, { requires = {} }: ProviderTable): Members {
  const added = Object.entries(requires).flatMap(([field, needed]) => {
    const fields = [needed].flat()
    const protection = fields.find((each) => each === `${field}Protected`)
    return field in members && protection !== undefined && !fields.some((each) => each in members) ? [protection] : []
  })
  return { ...members, ...Object.fromEntries(added.map((field) => [field, true])) }
}

/** Without the exclusion of one event that a rule excludes in any case. */
function withoutImplied(members: Members, trustedEvents: readonly string[] = []): Members {
  const { event, ...others } = members
  const excluded = typeof event === 'object' && event !== null && 'not' in event ? event.not : undefined
  const isImplied = typeof excluded === 'string' && trustedEvents.length > 0 && !trustedEvents.includes(excluded)
  return isImplied ? others : members
}
