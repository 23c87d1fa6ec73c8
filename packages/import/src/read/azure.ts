/**
 * Reads federated identity credentials of Microsoft Entra: classic ones, which compare the subject,
 * and flexible ones, which have an expression.
 *
 * Source: https://learn.microsoft.com/en-us/entra/workload-id/workload-identities-flexible-
 * federated-identity-credential
 */

import { formatValue, isPlainObject } from '@jobpass/core/internal'
import type { Grant, ImportFinding, Reading } from '../model.ts'
import type { ClaimTest, Pattern } from '../requirement.ts'
import { any, one } from '../requirement.ts'
import { joined } from '../pattern.ts'
import type { Members } from './document.ts'
import { listed, readValue } from './document.ts'
import { equalsTest } from './tests.ts'

/** Reads one credential or several, as the Graph API and the Azure CLI give them. */
export function readAzure(text: string): Reading {
  const what = 'A federated credential'
  const value = readValue(what, text)
  const list = listed(isPlainObject(value) && Array.isArray(value['value']) ? value['value'] : value)
  const findings: ImportFinding[] = []
  const grants = list.flatMap((each, index): readonly Grant[] => {
    if (!isPlainObject(each)) throw new TypeError(`${what} is an object, or a list of them, in JSON or YAML`)
    const where = list.length === 1 ? 'credential' : `credential[${index}]`
    // Azure Resource Manager has the members below properties.
    const members = isPlainObject(each['properties']) ? { ...each, ...each['properties'] } : each
    const grant = readCredential(members, where)
    if (typeof grant !== 'string') return [grant]
    findings.push({ level: 'refused', where, message: `${grant}.`, fix: 'Write the rule by hand.' })
    return []
  })
  return { grants, findings }
}

/** The grant of a credential, or a text that says why it has no grant. */
function readCredential(members: Members, where: string): Grant | string {
  const { name, issuer, subject, claimsMatchingExpression: flexible } = members
  const audiences = listed(members['audiences']).filter((each) => typeof each === 'string')
  if (typeof issuer !== 'string') return 'The credential has no issuer'
  if (audiences.length === 0) return 'The credential has no audiences'
  const hasSubject = typeof subject === 'string' && subject !== ''
  const tests = hasSubject ? [equalsTest(['sub'], [subject], `${where}.subject`)] : readExpression(flexible, where)
  if (typeof tests === 'string') return tests
  if (hasSubject && isPlainObject(flexible))
    return 'The credential has a subject and an expression, of which one is possible'
  const aud = equalsTest(['aud'], audiences, `${where}.audiences`)
  return { name: typeof name === 'string' ? name : 'azure', where, issuer, requirement: { all: [aud, ...tests] } }
}

function readExpression(flexible: unknown, where: string): readonly ClaimTest[] | string {
  if (!isPlainObject(flexible) || typeof flexible['value'] !== 'string') return 'The credential has no subject'
  const version = flexible['languageVersion'] ?? 1
  if (version !== 1) return `The expression is of version ${formatValue(version)}, and version 1 is known`
  const tests: ClaimTest[] = []
  let rest = flexible['value']
  for (;;) {
    const [whole, name = '', operator, quoted = ''] = comparison.exec(rest) ?? []
    if (whole === undefined) return `The expression is not understood at ${formatValue(rest)}`
    const text = quoted.replaceAll("''", "'")
    const place = `${where}.claimsMatchingExpression`
    tests.push(
      operator === 'eq'
        ? equalsTest([name], [text], place)
        : { ...equalsTest([name], [], place), comparison: { kind: 'like', patterns: [patternOf(text)] } },
    )
    rest = rest.slice(whole.length)
    if (rest === '') return tests
    if (!rest.startsWith(' and ')) return `The expression is not understood at ${formatValue(rest)}`
    rest = rest.slice(' and '.length)
  }
}

/** One comparison; a quote in a value is doubled. */
const comparison = /^claims\['([^']+)'\] (eq|matches) '((?:[^']|'')*)'(?!')/

/**
 * `*` is any text, `?` one character. Whether `*` crosses `/` is not documented; it is taken to.
 */
function patternOf(text: string): Pattern {
  return joined(text.split(/([*?])/).map((part) => (part === '*' ? any : part === '?' ? one : part)))
}
