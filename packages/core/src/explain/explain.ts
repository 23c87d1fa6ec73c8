/** Decisions as text, for a log line, a terminal, and the summary page of a CI job. */

import { toMarkdown, toMarkdownText, toPlainText } from '../util/escape.ts'
import { explainEvent } from './explain-event.ts'
import type { VerdictEvent } from '../model/verdict-event.ts'
import type { CheckResult, RuleVerdict, Verdict } from '../model/verdict.ts'

/** How to explain a decision. */
export interface ExplainOptions {
  /**
   * `'line'` for logs, `'tree'` for terminals, or `'markdown'` for job summaries. Default `'line'`.
   */
  readonly format?: 'line' | 'tree' | 'markdown'
  /**
   * `'own'` shows the caller's values, and only rules of its own tenant; `'full'` shows all rules
   * with expected values. Default `'own'`.
   */
  readonly level?: 'own' | 'full'
}

/**
 * Explains a decision: an event of `onVerdict`, with its request and caller, or a verdict. Values
 * are escaped for their destination; so are commands to CI runners (`::`, `##[`).
 *
 * Level `'full'` shows expected values, and so is for the owner of the rules only.
 *
 * @example
 * ```ts
 * const onVerdict = (event: VerdictEvent) =>
 *   event.allowed || log.warn(explain(event, { level: 'full' }))
 * ```
 */
export function explain(
  decision: VerdictEvent | Verdict,
  { format = 'line', level = 'own' }: ExplainOptions = {},
): string {
  if (!('layer' in decision)) return explainVerdict(decision, format, level)
  const { verdict } = decision
  const head = explainEvent(decision)
  if (verdict === undefined) return format === 'markdown' ? toMarkdownText(head) : head
  const separator = format === 'line' ? ': ' : '\n\n'
  return `${format === 'markdown' ? toMarkdownText(head) : head}${separator}${explainVerdict(verdict, format, level)}`
}

function explainVerdict(
  verdict: Verdict,
  format: NonNullable<ExplainOptions['format']>,
  level: NonNullable<ExplainOptions['level']>,
): string {
  // A line is written for every refusal, so it must not evaluate every rule.
  if (format === 'line') return line(verdict, level)
  const rules = shownRules(verdict, level)
  return format === 'markdown' ? markdown(verdict, rules, level) : tree(verdict, rules, level)
}

const reasons: Readonly<Record<Verdict['reason'], string>> = {
  allowed: 'allowed: a rule matched',
  denied: 'refused: a deny rule matched',
  'no-rule-for-issuer': 'refused: no rule is for this issuer',
  'no-rule-matched': 'refused: no rule matched',
}

/** The rules that the reader may see: all, or the nearest one of the caller's own tenant. */
function shownRules(verdict: Verdict, level: 'own' | 'full'): readonly RuleVerdict[] {
  if (level === 'full') return verdict.rules
  return verdict.nearestOwn === undefined ? [] : [verdict.nearestOwn]
}

const failed = ({ checks }: RuleVerdict): readonly CheckResult[] => checks.filter(({ passed }) => !passed)

function sentence(check: CheckResult, level: 'own' | 'full', show: (value: unknown) => string): string {
  const { field, operator, expected, actual } = check
  const found = actual === undefined ? 'is absent' : `is ${show(actual)}`
  const wanted = level === 'full' ? `, wanted ${operator} ${show(expected)}` : ''
  return `${toPlainText(field).slice(1, -1)} ${found}${wanted}`
}

function line(verdict: Verdict, level: 'own' | 'full'): string {
  const head = `${reasons[verdict.reason]} (rules ${verdict.fingerprint})`
  if (verdict.allowed) return head
  const nearest = level === 'full' ? verdict.nearest : verdict.nearestOwn
  const checks = nearest === undefined ? [] : failed(nearest)
  const found = checks.map((check) => [sentence(check, level, toPlainText), check.hint].filter(Boolean).join(': '))
  return [head, ...found].join('; ')
}

function tree(verdict: Verdict, rules: readonly RuleVerdict[], level: 'own' | 'full'): string {
  const lines = [`${reasons[verdict.reason]} (rules ${verdict.fingerprint})`]
  rules.forEach((rule, index) => {
    const last = index === rules.length - 1
    lines.push(`${last ? '└─' : '├─'} ${rule.matched ? '✓' : '✗'} ${titleOf(rule, verdict)}`)
    const checks = level === 'full' ? rule.checks : failed(rule)
    checks.forEach((check, position) => {
      const hint = check.hint
      const stem = `${last ? ' ' : '│'}  ${position === checks.length - 1 ? '└─' : '├─'}`
      lines.push(
        `${stem} ${check.passed ? '✓' : '✗'} ${sentence(check, level, toPlainText)}${hint ? ` (${hint})` : ''}`,
      )
    })
  })
  return lines.join('\n')
}

function markdown(verdict: Verdict, rules: readonly RuleVerdict[], level: 'own' | 'full'): string {
  const head = `**${reasons[verdict.reason]}** (rules \`${verdict.fingerprint}\`)`
  const tables = rules.map((rule) => {
    const columns = level === 'full' ? ['', 'Field', 'Value', 'Wanted', 'Hint'] : ['', 'Field', 'Value', 'Hint']
    const rows = (level === 'full' ? rule.checks : failed(rule)).map((check) => {
      const hint = check.hint ?? ''
      const value = check.actual === undefined ? 'absent' : toMarkdown(check.actual)
      const wanted = level === 'full' ? [`${check.operator} ${toMarkdown(check.expected)}`] : []
      return [check.passed ? '✓' : '✗', toMarkdown(check.field), value, ...wanted, hint]
    })
    const table = [columns, columns.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
    return [titleOf(rule, verdict), '', ...table].join('\n')
  })
  return [head, ...tables].join('\n\n')
}

function titleOf(rule: RuleVerdict, verdict: Verdict): string {
  const nearest = !verdict.allowed && rule === verdict.nearest ? ', the nearest' : ''
  return `${rule.effect} rule ${verdict.rules.indexOf(rule) + 1} of ${verdict.rules.length}, for ${rule.provider}${nearest}`
}
