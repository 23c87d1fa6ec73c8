/** Reports of lint in the formats that people and programs read. */

import { lintTable } from '@jobpass/policy'
import { escapeForLog } from '@jobpass/core/internal'
import { markdownCell } from '../io/markdown.ts'
import type { Style } from '../io/style.ts'
import { annotation } from '../io/workflow-command.ts'
import type { FileFinding, FileReport, OwnLint } from './report.ts'
import { ownLints } from './report.ts'

/** Where the lints are explained. */
const docs = 'https://jobpass.github.io/jobpass/security/lint'

/** Every lint that a report may name. */
const allLints: readonly OwnLint[] = [...lintTable, ...Object.values(ownLints)].map(({ id, level, title, why }) => ({
  id,
  level,
  title,
  why,
}))

/** For people: one finding after the other, and the sum. */
export function asText(reports: readonly FileReport[], style: Style): string {
  const paint = { error: style.bad, warning: style.warn, advice: style.dim }
  const lines = reports.flatMap(({ file, findings }) =>
    findings
      .filter(({ suppressed }) => suppressed === undefined)
      .flatMap(({ line, column, level, id, title, message, fix }) => [
        `${escapeForLog(file)}:${line}:${column} ${paint[level](level)} ${style.bold(id)} ${title}`,
        `  ${escapeForLog(message)}`,
        ...(fix === '' ? [] : [`  ${escapeForLog(fix)}`]),
      ]),
  )
  return [...lines, sumOf(reports)].join('\n')
}

function sumOf(reports: readonly FileReport[]): string {
  const findings = reports.flatMap((report) => report.findings)
  const open = findings.filter(({ suppressed }) => suppressed === undefined)
  const counts = (['error', 'warning', 'advice'] as const)
    .map((level) => [level, open.filter((finding) => finding.level === level).length] as const)
    .filter(([, count]) => count > 0)
    .map(([level, count]) => `${count} ${level}${count > 1 && level !== 'advice' ? 's' : ''}`)
  const hidden = findings.length - open.length
  const files = `${reports.length} file${reports.length === 1 ? '' : 's'}`
  return `${counts.length === 0 ? 'no findings' : counts.join(', ')} in ${files}${hidden > 0 ? `, ${hidden} suppressed` : ''}`
}

/** For programs. */
export function asJson(reports: readonly FileReport[]): unknown {
  return { files: reports.map(({ file, findings }) => ({ file, findings })) }
}

/** For GitHub Actions: an annotation for each finding. */
export function asGitHub(reports: readonly FileReport[]): string {
  const levels = { error: 'error', warning: 'warning', advice: 'notice' } as const
  return reports
    .flatMap(({ file, findings }) =>
      findings
        .filter(({ suppressed }) => suppressed === undefined)
        .map((finding) => {
          const { line, column, level, id, title } = finding
          return annotation(levels[level], { file, line, column, title: `${id} ${title}` }, sentences(finding))
        }),
    )
    .join('\n')
}

/** For the summary page of a job. */
export function asMarkdown(reports: readonly FileReport[]): string {
  const rows = reports.flatMap(({ file, findings }) =>
    findings
      .filter(({ suppressed }) => suppressed === undefined)
      .map((finding) => {
        const { line, level, id, title } = finding
        return `| ${level} | ${id} ${title} | ${markdownCell(`${file}:${line}`)} | ${markdownCell(sentences(finding))} |`
      }),
  )
  const table = rows.length === 0 ? [] : ['', '| | Lint | Place | What to do |', '| --- | --- | --- | --- |', ...rows]
  return [`**jobpass lint**: ${sumOf(reports)}`, ...table].join('\n')
}

const sentences = ({ message, fix }: FileFinding): string => (fix === '' ? message : `${message} ${fix}`)

/** For code scanning: SARIF 2.1.0, which declares every lint, also where there are no findings. */
export async function asSarif(reports: readonly FileReport[], version: string): Promise<string> {
  const { SarifBuilder, SarifResultBuilder, SarifRuleBuilder, SarifRunBuilder } = await import('node-sarif-builder')
  const levels = { error: 'error', warning: 'warning', advice: 'note' } as const
  const run = new SarifRunBuilder().initSimple({ toolDriverName: 'jobpass', toolDriverVersion: version, url: docs })
  for (const { id, level, title, why } of allLints) {
    const rule = new SarifRuleBuilder().initSimple({
      ruleId: id,
      shortDescriptionText: title,
      fullDescriptionText: why,
      helpUri: docs,
    })
    rule.rule.defaultConfiguration = { level: levels[level] }
    run.addRule(rule)
  }
  for (const { file, findings } of reports)
    for (const finding of findings) {
      const { id, level, line, column, suppressed } = finding
      const result = new SarifResultBuilder().initSimple({
        ruleId: id,
        level: levels[level],
        messageText: sentences(finding),
        fileUri: encodeURI(file.replaceAll('\\', '/')),
        startLine: line,
        startColumn: column,
        endLine: line,
        endColumn: column + 1,
      })
      if (suppressed !== undefined) result.result.suppressions = [{ kind: 'inSource', justification: suppressed }]
      run.addResult(result)
    }
  const sarif = new SarifBuilder()
  sarif.addRun(run)
  return sarif.buildSarifJsonString({ indent: true })
}
