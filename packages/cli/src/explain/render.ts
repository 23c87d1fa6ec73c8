/** An examination as text for people, and as JSON for programs. */

import type { RuleJson, VerdictEvent } from '@jobpass/core'
import { explain } from '@jobpass/core'
import type { Style } from '../io/style.ts'
import { toYaml } from '../io/yaml.ts'
import type { Advice } from './platform-advice.ts'
import type { Examination } from './examine.ts'

/** What is shown in addition to the examination. */
export interface Explanation extends Examination {
  /** What to change. */
  readonly advice: readonly Advice[]
  /** The tightest rule for such jobs, where no rule is for the issuer. */
  readonly suggestion: RuleJson | undefined
  /** Where the nearest rule is: `policy.yaml:7:5`. */
  readonly place: string | undefined
  /** Whether the claims were declared genuine. */
  readonly trusted: boolean
}

/** The explanation as text. */
export function asText(explanation: Explanation, style: Style): string {
  const { steps, last, allowed, advice, suggestion, place } = explanation
  const parts = steps.map(({ event, assumed }) => [
    marked(textOf(event), style),
    ...(assumed === undefined ? [] : ['', style.dim(`If ${assumed}:`)]),
  ])
  const lines = [...parts.flat(), ...(last.allowed ? [marked(textOf(last), style)] : [])]
  if (!allowed && place !== undefined) lines.push('', `The nearest rule is at ${place}.`)
  if (advice.length > 0)
    lines.push('', style.bold('What to change'), ...advice.map(({ where, text }) => `  ${where.padEnd(8)}  ${text}`))
  if (suggestion !== undefined)
    lines.push(
      '',
      style.bold('The tightest rule for jobs like this one'),
      ...toYaml(suggestion)
        .trimEnd()
        .split('\n')
        .map((each) => `  ${each}`),
    )
  return [...lines, ...noteOn(explanation, style)].join('\n')
}

function textOf(event: VerdictEvent): string {
  return explain(event, { format: 'tree', level: 'full' })
}

function marked(text: string, style: Style): string {
  return text
    .replaceAll('✓', style.good('✓'))
    .replaceAll('✗', style.bad('✗'))
    .replace(/^refused/, style.bad('refused'))
    .replace(/^allowed/, style.good('allowed'))
}

function noteOn({ allowed, unverified, trusted }: Explanation, style: Style): readonly string[] {
  if (unverified.length === 0 || trusted) return []
  const what = `Not verified: ${unverified.join(', ')}.`
  const how = allowed ? ' This does not count as allowed (exit code 2): add --verify and --audience.' : ''
  return ['', style.warn(`${what}${how}`)]
}

/** The explanation as a value for JSON. */
export function asJson({ steps, last, allowed, unverified, advice, suggestion, place }: Explanation): unknown {
  return {
    allowed,
    verified: unverified.length === 0,
    unverified,
    answer: steps.length === 0 ? { status: 200 } : { status: steps[0]?.status, code: steps[0]?.code },
    steps: steps.map(({ code, status, event, assumed }) => ({
      code,
      status,
      layer: event.layer,
      message: explain(event, { level: 'full' }),
      ...(event.claim !== undefined && { claim: event.claim }),
      ...(event.hint !== undefined && { hint: event.hint }),
      ...(assumed !== undefined && { assumed }),
    })),
    ...(last.verdict !== undefined && { verdict: last.verdict }),
    ...(place !== undefined && { place }),
    advice,
    ...(suggestion !== undefined && { suggestion }),
  }
}
