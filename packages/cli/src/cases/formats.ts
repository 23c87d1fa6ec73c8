/** Reports of cases in the formats that people and programs read. */

import { escapeForLog } from '@jobpass/core/internal'
import { markdownCell } from '../io/markdown.ts'
import type { Style } from '../io/style.ts'
import { annotation } from '../io/workflow-command.ts'
import type { Coverage } from './coverage.ts'
import type { CaseResult } from './run-cases.ts'

/** The results of one file of cases. */
export interface CaseReport {
  /** The path of the file, as it was given. */
  readonly file: string
  /** The path of the policy. */
  readonly policy: string
  /** The results, in the order of the file. */
  readonly results: readonly CaseResult[]
  /** What the cases reach. */
  readonly coverage: Coverage
}

/** For people. */
export function asText(reports: readonly CaseReport[], style: Style): string {
  return reports
    .flatMap((report) => [...linesOf(report, style), ''])
    .join('\n')
    .trimEnd()
}

function linesOf({ file, policy, results, coverage }: CaseReport, style: Style): readonly string[] {
  const failed = results.filter(({ passed }) => !passed)
  const { rules, conditions, gaps } = coverage
  return [
    escapeForLog(file),
    ...results.flatMap(({ name, fault }) =>
      fault === undefined
        ? [`  ${style.good('✓')} ${escapeForLog(name)}`]
        : [`  ${style.bad('✗')} ${escapeForLog(name)}`, `      ${escapeForLog(fault)}`],
    ),
    `${counted(results.length, 'case')}, ${failed.length === 0 ? style.good('none failed') : style.bad(`${failed.length} failed`)}`,
    `They reach ${rules.reached} of ${rules.all} rules and ${conditions.reached} of ${conditions.all} conditions.`,
    ...gaps.map(({ line, column, what, message }) =>
      style.dim(`  ${escapeForLog(policy)}:${line}:${column} ${escapeForLog(what)}: ${message}`),
    ),
  ]
}

/** For programs. */
export function asJson(reports: readonly CaseReport[]): unknown {
  return {
    passed: reports.every(({ results }) => results.every(({ passed }) => passed)),
    files: reports.map(({ file, policy, results, coverage }) => ({
      file,
      policy,
      cases: results.map(({ name, set, expect, got, passed, fault, line, column }) => ({
        name,
        set,
        expect,
        got,
        passed,
        ...(fault !== undefined && { fault }),
        line,
        column,
      })),
      coverage,
    })),
  }
}

/** For GitHub Actions: an annotation for each failed case, and for each gap. */
export function asGitHub(reports: readonly CaseReport[]): string {
  return reports
    .flatMap(({ file, policy, results, coverage }) => [
      ...results.flatMap(({ line, column, name, fault }) =>
        fault === undefined ? [] : [annotation('error', { file, line, column, title: name }, fault)],
      ),
      ...coverage.gaps.map(({ line, column, what, message }) =>
        annotation('notice', { file: policy, line, column, title: 'No case reaches this' }, `${what}: ${message}`),
      ),
    ])
    .join('\n')
}

/** For the summary page of a job. */
export function asMarkdown(reports: readonly CaseReport[]): string {
  const parts = reports.flatMap(({ file, results, coverage: { rules, conditions } }) => [
    `**jobpass test** ${markdownCell(file)}: ${counted(results.length, 'case')}, ${results.filter(({ passed }) => !passed).length} failed; they reach ${rules.reached} of ${rules.all} rules and ${conditions.reached} of ${conditions.all} conditions`,
    '',
    '| | Case | |',
    '| --- | --- | --- |',
    ...results.map(
      ({ name, passed, fault = '' }) => `| ${passed ? '✓' : '✗'} | ${markdownCell(name)} | ${markdownCell(fault)} |`,
    ),
    '',
  ])
  return parts.join('\n')
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
