/** The checks that a service token allows what a route needs: its scopes, its permissions. */

import type { RuleCheck } from '@jobpass/core/internal'
import { permits, readDetails } from './authorization-details.ts'
import type { AuthorizationDetail } from './authorization-details.ts'
import { scopeList } from './scope.ts'
import { serviceTable } from './service-table.ts'

/** What a route needs of a service token: a scope, a permission, or both. */
export interface Needed {
  /** The scope, or several; the token must have all of them. Default: none is needed. */
  readonly scope?: string | readonly string[]
  /**
   * The permission, or several (RFC 9396), each with all of its members; the token must have all of
   * them. Default: none is needed.
   */
  readonly details?: AuthorizationDetail | readonly AuthorizationDetail[]
}

/** Makes the checks. Throws a `TypeError` for a route that needs nothing. */
export function allowedChecks(what: string, { scope, details }: Needed): readonly RuleCheck[] {
  if (scope === undefined && details === undefined)
    throw new TypeError(`${what}: scope must be a scope such as 'deploy', or a list of them, unless there are details`)
  return [
    ...(scope === undefined ? [] : scopeList(`${what}: scope`, scope).map(scopeCheck)),
    ...(details === undefined ? [] : readDetails(`${what}: details`, details).map(detailCheck)),
  ]
}

const indexOf = (field: string): number => serviceTable.fieldList.findIndex(({ name }) => name === field)
const [scopesIndex, detailsIndex] = [indexOf('scopes'), indexOf('details')]

const scopeCheck = (scope: string): RuleCheck => ({
  field: 'scopes',
  operator: 'includes',
  expected: [scope],
  read: ({ fields }) => fields.at(scopesIndex),
  passes: (scopes) => (scopes as readonly string[]).includes(scope),
})

const detailCheck = (detail: AuthorizationDetail): RuleCheck => ({
  field: 'details',
  operator: 'includes',
  expected: [detail],
  read: ({ fields }) => fields.at(detailsIndex),
  passes: (details) => (details as readonly AuthorizationDetail[]).some((each) => permits(each, detail)),
})
