/** Writes rules as TypeScript, YAML and JSON. */

import type { RuleJson } from '@jobpass/core'
import { importNameOf, providerById, tenantOf } from '@jobpass/policy/built-in'
import type { Language } from './state.ts'

/** The most characters of a call on one line: a column of the page holds as many. */
const width = 56

/** Rules as text: in TypeScript one call or a list, else a document with the set `deploy`. */
export function writeRules(rules: readonly RuleJson[], language: Language): string {
  if (language === 'typescript') return writeTypeScript(rules)
  const documents = rules.map((rule) => ruleOfDocument(rule))
  const set = documents.length === 1 ? documents[0] : documents
  if (language === 'json') return JSON.stringify({ rules: { deploy: set } }, null, 2)
  return `rules:\n  deploy:\n${documents.map((rule) => yamlOf(rule, documents.length > 1)).join('\n')}\n`
}

/** Whether `issuer` follows from the conditions, so that no text needs it. */
function isImplied({ provider: id, issuer, ...conditions }: RuleJson): boolean {
  const provider = providerById(id)
  if (provider === undefined) return false
  return [issuer].flat().every((each) => {
    const [field, value] = tenantOf(provider, each) ?? []
    const named = field === undefined ? undefined : conditions[field]
    return provider.issuer === each || (Array.isArray(named) ? named.includes(value) : named === value && !!field)
  })
}

function ruleOfDocument(rule: RuleJson): Readonly<Record<string, unknown>> {
  const { provider, issuer, ...others } = rule
  return { provider, ...(isImplied(rule) ? {} : { issuer }), ...others }
}

function yamlOf(rule: Readonly<Record<string, unknown>>, inList: boolean): string {
  const lines = Object.entries(rule).map(([key, value]) => `${yamlText(key)}: ${yamlValue(value)}`)
  return lines.map((line, index) => `${inList ? (index === 0 ? '    - ' : '      ') : '    '}${line}`).join('\n')
}

/** A value in YAML's flow style, which is nearly JSON. */
function yamlValue(value: unknown): string {
  if (typeof value === 'string') return yamlText(value)
  if (Array.isArray(value)) return `[${value.map(yamlValue).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).map(([key, member]) => `${yamlText(key)}: ${yamlValue(member)}`)
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`
}

/** Text without quotes where it is surely text in YAML 1.2 and in older versions. */
function yamlText(text: string): string {
  const isPlain = /^[a-z][\w./-]*$/i.test(text) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(text)
  return isPlain ? text : JSON.stringify(text)
}

/** Rules as arguments of a route: one call, or a list of them. */
export function writeTypeScript(rules: readonly RuleJson[]): string {
  const calls = rules.map((rule) => writeCall(rule))
  return calls.length === 1 ? (calls[0] as string) : `[\n${calls.map((call) => `${indent(call)},\n`).join('')}]`
}

/** A rule as a call of its provider. */
function writeCall(rule: RuleJson): string {
  const { provider: id, issuer, settings, ...conditions } = rule
  const { oneTime, ...others } = settings ?? {}
  const base = importNameOf(id)
  const callee = isImplied(rule) ? base : `${base}.at(${quote([issuer].flat()[0] as string)})`
  const args = [conditions, ...(Object.keys(others).length === 0 ? [] : [others])]
  const short = `${callee}(${args.map((each) => literal(each)).join(', ')})`
  const call =
    short.length <= width ? short : `${callee}(${args.map((each, index) => object(each, index === 0)).join(', ')})`
  if (oneTime === undefined) return call
  return oneTime === true || Object.keys(oneTime).length === 0
    ? `oneTime(${call})`
    : `oneTime(${call}, ${literal(oneTime)})`
}

/** An object with a member on each line. */
function object(value: Readonly<Record<string, unknown>>, spread: boolean): string {
  if (!spread) return literal(value)
  return `{\n${Object.entries(value)
    .map(([key, each]) => `  ${nameOf(key)}: ${literal(each)},\n`)
    .join('')}}`
}

/** A value as code, with the helpers of conditions. */
function literal(value: unknown): string {
  if (typeof value === 'string') return quote(value)
  if (Array.isArray(value)) return `[${value.map((each) => literal(each)).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  return helperCall(value) ?? braces(value)
}

function helperCall(value: object): string | undefined {
  const [[name, argument] = ['', undefined], ...others] = Object.entries(value) as [string, unknown][]
  if (others.length > 0) return undefined
  if (name === 'glob' && typeof argument === 'string') return `glob(${quote(argument)})`
  if (name === 'not') return `not(${literal(argument)})`
  if (name === 'allOf' && Array.isArray(argument)) return `allOf(${argument.map((each) => literal(each)).join(', ')})`
  if (name === 'present' && typeof argument === 'boolean') return argument ? 'present()' : 'absent()'
  if (name === 'anyEvent' && argument === true) return 'anyEvent()'
  if (name === 'semver' && typeof argument === 'object' && argument !== null)
    return `semver(${Object.keys(argument).length === 0 ? '' : braces(argument)})`
  return undefined
}

function braces(value: object): string {
  const members = Object.entries(value).map(([key, each]) => `${nameOf(key)}: ${literal(each)}`)
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`
}

function nameOf(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) && key !== '__proto__' ? key : quote(key)
}

function quote(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '  ')
}
