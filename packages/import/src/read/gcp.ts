/** Workload Identity Federation of Google Cloud. */

import { parse } from '@bufbuild/cel'
import type { Expr } from '@bufbuild/cel-spec/cel/expr/syntax_pb.js'
import { formatValue, isPlainObject } from '@jobpass/core/internal'
import type { Reading } from '../model.ts'
import type { Requirement } from '../requirement.ts'
import { everything, nothing } from '../requirement.ts'
import { Findings, refusedReading } from './findings.ts'
import type { CelScope } from './gcp-cel.ts'
import { requirementOf } from './gcp-cel.ts'
import { membersOf } from './gcp-members.ts'
import type { Mapping } from './gcp-operand.ts'
import { operandOf } from './gcp-operand.ts'
import { isTexts, member, parseJson } from './json-text.ts'
import { isFor, isText, test } from './claim-tests.ts'

/**
 * Reads a provider of a workload identity pool, as `gcloud iam workload-identity-pools providers
 * describe --format json` prints it, or `{ "provider": …, "members": […] }` with the IAM members
 * that use it.
 *
 * `google.subject` must have a value, or Google refuses the token. Another attribute may lack its
 * claim: then conditions and members that use it do not match. How long attributes may be is no
 * part of the trust, and is not translated.
 *
 * Source: https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools.providers
 */
export function readGcp(text: string): Reading {
  const given = parseJson('A provider of Google Cloud', text)
  const isBoth = isPlainObject(given) && Object.hasOwn(given, 'provider')
  const provider = isBoth ? member(given, 'provider') : given
  const oidc = member(provider, 'oidc')
  const issuer = member(oidc, 'issuerUri')
  if (typeof issuer !== 'string')
    throw new TypeError(`A provider of Google Cloud has oidc.issuerUri, as ${printed} prints it`)
  const state = member(provider, 'state') ?? 'ACTIVE'
  if (member(provider, 'disabled') === true || state !== 'ACTIVE')
    return refusedReading('provider', 'The provider is disabled or deleted, and admits nothing.', 'Remove it.')
  const findings = new Findings()
  const mapping = mappingOf(member(provider, 'attributeMapping'), findings)
  const scope = { mapping, findings, budget: { left: mostParts } }
  const requirement = {
    all: [
      audiencesOf(provider, oidc, findings),
      subjectOf({ ...scope, where: subjectPlace }),
      conditionOf(member(provider, 'attributeCondition'), { ...scope, where: 'attributeCondition' }),
      isBoth ? membersOf(given, member(provider, 'name'), scope) : everything,
    ],
  }
  const name = String(member(provider, 'name') ?? 'google-cloud').replace(/^.*\//s, '')
  return { grants: [{ name, where: 'provider', issuer, requirement }], findings: findings.all }
}

const printed = 'gcloud iam workload-identity-pools providers describe --format json'
const mostParts = 2000
const subjectPlace = "attributeMapping['google.subject']"

/** Parses the mapping. An attribute whose expression is no CEL has no value. */
function mappingOf(mapping: unknown, findings: Findings): Mapping {
  const found = new Map<string, Expr>()
  for (const [name, text] of Object.entries(isPlainObject(mapping) ? mapping : {})) {
    const expression = parseCel(text)
    if (expression === undefined)
      findings.refuse(`attributeMapping[${formatValue(name)}]`, 'The expression is no CEL.', 'Correct it.')
    else found.set(name, expression)
  }
  return found
}

function parseCel(text: unknown): Expr | undefined {
  try {
    return typeof text === 'string' ? parse(text).expr : undefined
  } catch {
    return undefined
  }
}

/** Without its own list, a provider takes its own name, with or without `https:`. */
function audiencesOf(provider: unknown, oidc: unknown, findings: Findings): Requirement {
  const listed = member(oidc, 'allowedAudiences')
  const where = 'oidc.allowedAudiences'
  if (listed !== undefined) return isTexts(listed) ? isFor(listed, where) : nothing
  const name = member(provider, 'name')
  if (typeof name === 'string')
    return isFor([`https://iam.googleapis.com/${name}`, `//iam.googleapis.com/${name}`], where)
  findings.refuse(
    where,
    'The provider takes its own name as the audience, and the text does not contain it.',
    `Import what ${printed} prints.`,
  )
  return nothing
}

/** Google refuses a token without a subject. */
function subjectOf(scope: CelScope): Requirement {
  const expression = scope.mapping.get('google.subject')
  const operand = expression && operandOf(expression, new Map())
  if (operand?.kind === 'value' && operand.value !== '') return everything
  if (operand?.kind === 'claim') {
    const { claim } = operand
    // Every verified token has a subject.
    if (claim.length === 1 && claim[0] === 'sub') return everything
    const { where } = scope
    return {
      all: [isText(claim, where), test({ claim, comparison: { kind: 'equals', values: [''] }, negated: true, where })],
    }
  }
  scope.findings.refuse(
    scope.where,
    'The subject is not mapped to a claim. Google refuses tokens for which this expression fails, so the rules would admit more.',
    'Map google.subject to a claim, such as assertion.sub, and import it again.',
  )
  return nothing
}

function conditionOf(condition: unknown, scope: CelScope): Requirement {
  if (condition === undefined) return everything
  const expression = parseCel(condition)
  if (expression !== undefined) return requirementOf(expression, true, scope)
  scope.findings.refuse(scope.where, 'The condition is no CEL.', 'Correct it.')
  return nothing
}
