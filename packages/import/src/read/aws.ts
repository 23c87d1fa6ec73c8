/** Reads trust policies of AWS IAM roles, for calls of `AssumeRoleWithWebIdentity`. */

import { formatValue, isPlainObject } from '@jobpass/core/internal'
import type { Grant, ImportFinding, Reading } from '../model.ts'
import type { Requirement } from '../requirement.ts'
import { nothing } from '../requirement.ts'
import { matchesText } from '../pattern.ts'
import { awsPattern } from './aws-text.ts'
import { negated, readCondition, Unreadable } from './aws-condition.ts'
import type { Members } from './document.ts'
import { listed, readMembers } from './document.ts'

/** Reads a trust policy, or the output of `aws iam get-role`. */
export function readAws(text: string): Reading {
  const { policy, name } = policyIn(readMembers('The trust policy of a role', text))
  const findings: ImportFinding[] = []
  const statements = listed(policy['Statement']).map((statement, index) => {
    if (!isPlainObject(statement)) throw new TypeError('A trust policy has a Statement, or a list of them')
    return { statement, where: `Statement[${index}]` }
  })
  if (statements.length === 0) throw new TypeError('A trust policy has a Statement, or a list of them')
  const variables = policy['Version'] === '2012-10-17'
  const report = (finding: ImportFinding): void => void findings.push(finding)
  const denies = statements.filter(({ statement }) => statement['Effect'] === 'Deny')
  const grants = statements.flatMap(({ statement, where }): readonly Grant[] => {
    if (statement['Effect'] !== 'Allow' || !isForTokens(statement)) return []
    return providersOf(statement, where, report).map((provider) => {
      const place = { where, provider, variables, report }
      const all = [allowed(statement, place), ...denies.map((deny) => notDenied(deny, place))]
      return { name, where, issuer: `https://${provider}`, requirement: { all } }
    })
  })
  if (grants.length === 0)
    report({
      level: 'refused',
      where: 'Statement',
      message: 'No statement allows tokens of an OpenID Connect provider.',
      fix: 'Import the trust policy of a role that CI jobs assume by AssumeRoleWithWebIdentity.',
    })
  return { grants, findings }
}

/** The policy in the output of `get-role`, or by itself. */
function policyIn(members: Members): { readonly policy: Members; readonly name: string } {
  const role = isPlainObject(members['Role']) ? members['Role'] : members
  const policy = role['AssumeRolePolicyDocument'] ?? role
  const name = role['RoleName']
  if (!isPlainObject(policy)) throw new TypeError('AssumeRolePolicyDocument is an object')
  return { policy, name: typeof name === 'string' ? name : 'role' }
}

/** Whether the statement is about the call that takes a token. */
function isForTokens(statement: Members): boolean {
  const action = 'sts:assumerolewithwebidentity'
  const matches = (pattern: unknown): boolean =>
    typeof pattern === 'string' && matchesText(awsPattern(pattern.toLowerCase(), false) ?? [], action)
  if (statement['NotAction'] !== undefined) return !listed(statement['NotAction']).some(matches)
  return listed(statement['Action']).some(matches)
}

type Report = (finding: ImportFinding) => void

/** The host and path of each OpenID Connect provider among the principals. */
function providersOf(statement: Members, where: string, report: Report): readonly string[] {
  const principal = statement['Principal']
  if (!isPlainObject(principal)) {
    report({
      level: 'refused',
      where,
      message: 'The statement names no single provider, so tokens of any issuer may pass.',
      fix: 'Name the OpenID Connect provider in Principal.Federated.',
    })
    return []
  }
  return listed(principal['Federated']).flatMap((each) => {
    const name = typeof each === 'string' ? /^arn:[^:]*:iam::[^:]*:oidc-provider\/(.+)$/.exec(each)?.[1] : undefined
    const provider = name ?? (each === 'accounts.google.com' ? each : undefined)
    if (provider !== undefined) return [provider]
    report({
      level: 'refused',
      where: `${where}.Principal.Federated`,
      message: `${formatValue(each)} is no OpenID Connect provider that signs tokens of jobs.`,
      fix: 'Write the rules by hand.',
    })
    return []
  })
}

type Place = Parameters<typeof readCondition>[1]

function allowed(statement: Members, place: Place): Requirement {
  return readOrRefuse(statement, place) ?? nothing
}

/** The requirement that a statement with the effect Deny does not hold. */
function notDenied(
  { statement, where }: { readonly statement: Members; readonly where: string },
  place: Place,
): Requirement {
  if (!isForTokens(statement) || !concerns(statement['Principal'] ?? '*', place.provider)) return { all: [] }
  const condition = readOrRefuse(statement, { ...place, where })
  return condition === undefined ? nothing : negated(condition)
}

/** All conditions; `undefined`, with a finding, where one cannot be read. */
function readOrRefuse(statement: Members, place: Place): Requirement | undefined {
  try {
    return { all: readCondition(statement['Condition'], place) }
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    place.report({
      level: 'refused',
      where: `${place.where}.Condition`,
      message: `The statement is not translated: ${error.message}.`,
      fix: 'Write the rule by hand.',
    })
    return undefined
  }
}

/** Whether a statement that denies concerns a provider; it does where that is not certain. */
function concerns(principal: unknown, provider: string): boolean {
  if (!isPlainObject(principal)) return true
  const all = [...listed(principal['Federated']), ...listed(principal['AWS']).filter((each) => each === '*')]
  return all.some((each) => each === '*' || String(each).endsWith(`/${provider}`) || each === provider)
}
