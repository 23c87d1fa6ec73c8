/** The IAM members by which identities of a workload identity pool get roles. */

import { formatValue } from '@jobpass/core/internal'
import type { Requirement } from '../requirement.ts'
import { everything, nothing } from '../requirement.ts'
import type { CelScope } from './gcp-cel.ts'
import { operandOf } from './gcp-operand.ts'
import { equality, listTest } from './gcp-tests.ts'
import { member } from './json-text.ts'

type Scope = Omit<CelScope, 'where'>

const form = /^(principal|principalSet):\/\/iam\.googleapis\.com\/(.+?\/workloadIdentityPools\/[^/]+)\/(.+)$/s

/** One of the members must match. */
export function membersOf(document: unknown, provider: unknown, scope: Scope): Requirement {
  const members = member(document, 'members')
  if (members === undefined || !Array.isArray(members)) {
    scope.findings.refuse('members', 'No member uses the provider, so it admits nothing.', 'List the IAM members.')
    return nothing
  }
  const pool = typeof provider === 'string' ? provider.replace(/\/providers\/[^/]*$/, '') : undefined
  return { any: members.map((each: unknown, index) => memberOf(each, pool, { ...scope, where: `members[${index}]` })) }
}

function memberOf(given: unknown, pool: string | undefined, scope: CelScope): Requirement {
  const [, kind, memberPool, rest = ''] = (typeof given === 'string' ? form.exec(given) : null) ?? []
  if (kind === undefined) return refuse(given, 'is no identity of a workload identity pool', scope)
  if (pool !== undefined && memberPool !== pool) return refuse(given, 'is of another pool', scope)
  if (kind === 'principalSet' && rest === '*') return everything
  const slash = rest.indexOf('/')
  const [attribute, value] = [rest.slice(0, slash), rest.slice(slash + 1)]
  if (slash < 0 || value === '') return refuse(given, 'names no value', scope)
  if (kind === 'principal' && attribute === 'subject') return attributeIs('google.subject', value, given, scope)
  if (kind === 'principalSet' && attribute.startsWith('attribute.')) return attributeIs(attribute, value, given, scope)
  if (kind === 'principalSet' && attribute === 'group') return attributeIs('google.groups', value, given, scope)
  return refuse(given, 'is of an unknown form', scope)
}

function attributeIs(attribute: string, value: string, given: unknown, scope: CelScope): Requirement {
  const expression = scope.mapping.get(attribute)
  const operand = expression && operandOf(expression, new Map())
  if (operand?.kind === 'value') return operand.value === value ? everything : nothing
  if (operand?.kind !== 'claim')
    return refuse(given, `uses ${formatValue(attribute)}, which is mapped to no claim`, scope)
  return attribute === 'google.groups'
    ? listTest(operand, value, scope.where)
    : equality({ ...operand, isMapped: true }, value, true, scope.where)
}

function refuse(given: unknown, reason: string, { where, findings }: CelScope): Requirement {
  findings.refuse(where, `${formatValue(given)} ${reason}.`, 'Leave it out, or write a rule by hand.')
  return nothing
}
