/** An identity as text. */

import type { AnyWorkload, RefusalCode, RuleJson } from '@jobpass/core'
import { escapeForLog, formatValue } from '@jobpass/core/internal'
import type { Claims } from '../explain/local-issuer.ts'
import type { Style } from '../io/style.ts'
import { toYaml } from '../io/yaml.ts'

/** What is known of a job. */
export interface Portrait {
  /** The id of its platform. */
  readonly platform: string
  /** The name of its platform. */
  readonly title: string
  /** Whether its token was verified. */
  readonly verified: boolean
  /** Why it is not good; `undefined` where nothing speaks against it. */
  readonly code: RefusalCode | undefined
  /** The fields of its identity. */
  readonly identity: Readonly<Record<string, unknown>>
  /** The tightest rule for it. */
  readonly suggestion: RuleJson
  /** What the rule relies on in addition to the token. */
  readonly notes: readonly string[]
}

/** The fields that an identity has, without its claims, and with the audience of the real token. */
export function identityOf(workload: AnyWorkload, { aud }: Claims): Readonly<Record<string, unknown>> {
  const fields = Object.entries({ ...workload, audience: aud, claims: undefined })
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined))
}

/** The identity for people. */
export function asText({ title, verified, code, identity, suggestion, notes }: Portrait, style: Style): string {
  const names = Object.keys(identity)
  const width = Math.max(...names.map((name) => name.length))
  const lines = names.map((name) => `  ${name.padEnd(width)}  ${show(identity[name])}`)
  const rule = toYaml({ rules: { 'this-job': suggestion } })
  return [
    style.bold(`A job on ${title}`),
    ...lines,
    '',
    verification(verified, code, style),
    '',
    'The tightest rule for such jobs:',
    '',
    rule.trimEnd(),
    ...notes.map((note) => `\n${style.warn('Check')} ${escapeForLog(note)}`),
  ].join('\n')
}

function verification(verified: boolean, code: RefusalCode | undefined, style: Style): string {
  if (verified) return style.good('Verified: signature, dates and audience.')
  if (code !== undefined) return style.bad(`Not verified: an API answers ${code}.`)
  return style.warn('Nothing was verified: the token says so of itself. --verify fetches the keys.')
}

function show(value: unknown): string {
  return typeof value === 'string' ? escapeForLog(value) : escapeForLog(formatValue(value))
}
