/**
 * Rules in TypeScript, read without running anything: calls of providers with literals and the
 * helpers for conditions.
 */

import { absent, allOf, anyEvent, glob, not, oneTime, present, reportOnly, semver } from '@jobpass/core'
import type { ReportOnlyRule, TrustRule } from '@jobpass/core'
import { nearest } from '@jobpass/core/internal'
import type { BoundProvider } from '@jobpass/policy/built-in'
import { providersByName } from '@jobpass/policy/built-in'
import type { RuleFault } from './rule-fault.ts'
import { faultAt, RuleError } from './rule-fault.ts'
import type { Node } from './typescript-parser.ts'
import { parseExpressions } from './typescript-parser.ts'

/** The functions for conditions. */
const helpers = { glob, not, allOf, semver, present, absent, anyEvent } as unknown as Readonly<
  Record<string, (...args: readonly unknown[]) => unknown>
>
/** The functions that take a rule. */
const wrappers = { oneTime, reportOnly } as unknown as Readonly<
  Record<string, (...args: readonly unknown[]) => TrustRule | ReportOnlyRule>
>

/** The names of the functions for conditions. */
const helperNames: readonly string[] = Object.keys(helpers)

const allowed =
  "A rule is a call such as githubActions({ repository: 'acme/shop', branch: 'main' }); a list of them is allowed"
const maxLength = 65_536

/** Rules, or the fault that the text has. */
export type TypeScriptRules =
  { readonly rules: readonly (TrustRule | ReportOnlyRule)[] } | { readonly faults: readonly RuleFault[] }

/** Reads one or several rules. Never throws, and never runs the text. */
export function readTypeScript(text: string): TypeScriptRules {
  try {
    if (text.length > maxLength) throw new RuleError('This text is longer than 64 KiB', 0)
    const rules = parseExpressions(text).flatMap(rulesOf)
    if (rules.length === 0) throw new RuleError(`There is no rule yet. ${allowed}`, 0)
    return { rules }
  } catch (error) {
    if (!(error instanceof RuleError)) throw error
    return { faults: [faultAt(text, error)] }
  }
}

function rulesOf(node: Node): readonly (TrustRule | ReportOnlyRule)[] {
  if (node.kind === 'list') return node.items.flatMap(rulesOf)
  if (node.kind !== 'call') throw new RuleError(`This is no rule. ${allowed}`, node.start)
  const { callee, args, start } = node
  if (callee.kind === 'name' && callee.name === 'requireWorkload') return args.flatMap(rulesOf)
  if (callee.kind === 'name' && Object.hasOwn(wrappers, callee.name)) {
    const [inner, ...options] = args
    if (inner === undefined) throw new RuleError(`${callee.name}() takes a rule`, start)
    const rules = rulesOf(inner)
    return rules.map((rule) => attempt(args, start, () => wrappers[callee.name]?.(rule, ...options.map(valueOf))))
  }
  if (args.length > 2) throw new RuleError('A provider takes conditions and settings, no more', start)
  const provider = providerOf(callee)
  const values = args.map(valueOf)
  return [attempt(args, start, () => provider(values[0], values[1]))]
}

/** The provider that a call names: `gitlab`, or `gitlab.at('https://…')`. */
function providerOf(callee: Node): BoundProvider {
  if (callee.kind === 'call' && callee.callee.kind === 'member' && callee.callee.name === 'at') {
    const { of } = callee.callee
    const provider = providerOf(of) as BoundProvider & { readonly at?: (issuer: unknown) => BoundProvider }
    const [issuer, ...others] = callee.args
    if (issuer === undefined || others.length > 0 || provider.at === undefined)
      throw new RuleError('.at() takes one issuer here: the keys are those of this page', callee.start)
    const value = valueOf(issuer)
    return attempt([], issuer.start, () => provider.at?.(value))
  }
  if (callee.kind === 'member') {
    const hint = callee.name === 'deny' ? ': deny rules belong in the options of the verifier' : ''
    throw new RuleError(`.${callee.name} is no part of a rule here${hint}`, callee.start)
  }
  if (callee.kind !== 'name') throw new RuleError(`This is no rule. ${allowed}`, callee.start)
  const provider = Object.hasOwn(providersByName, callee.name) ? providersByName[callee.name] : undefined
  if (provider !== undefined) return provider
  const near = nearest(callee.name, Object.keys(providersByName), 3)
  throw new RuleError(
    `${callee.name} is no provider here${near === undefined ? `. ${allowed}` : `; did you mean ${near}?`}`,
    callee.start,
  )
}

function valueOf(node: Node): unknown {
  if (node.kind === 'value') return node.value
  if (node.kind === 'list') return node.items.map(valueOf)
  // Not by assignment, which would set the prototype for a member called __proto__.
  if (node.kind === 'object') return Object.fromEntries(node.members.map(({ name, value }) => [name, valueOf(value)]))
  const callee = node.kind === 'call' ? node.callee : node
  const name = callee.kind === 'name' ? callee.name : undefined
  if (node.kind !== 'call' || name === undefined || !Object.hasOwn(helpers, name))
    throw new RuleError(
      `${name === undefined ? 'This' : `\`${name}\``} is no value: write text in quotes, a number, true, false, a list, or ${helperNames.join('(), ')}()`,
      node.start,
    )
  const args = node.args.map(valueOf)
  return attempt(node.args, node.start, () => helpers[name]?.(...args))
}

/** Calls core, whose `TypeError`s say what to write: they get the place of the member they name. */
function attempt<T>(args: readonly Node[], start: number, call: () => T): NonNullable<T> {
  try {
    return call() as NonNullable<T>
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    const members = args.flatMap((arg) => (arg.kind === 'object' ? arg.members : []))
    const named = Array.from(error.message.matchAll(/'([^']+)'|\b(\w+) must/g), ([, quoted, bare]) => quoted ?? bare)
    const member = members.find(({ name }) => named[0] === name) ?? members.find(({ name }) => named.includes(name))
    throw new RuleError(error.message, member?.start ?? start)
  }
}
