/**
 * Workflow commands of GitHub Actions, which become annotations of a pull request; and the summary
 * page of a job.
 *
 * Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 */

import { appendFile } from 'node:fs/promises'
import type { Context } from '../context.ts'
import type { Place } from '../policy/places.ts'

/** What an annotation is attached to. */
interface Target extends Place {
  /** The file. */
  readonly file: string
  /** The title. */
  readonly title: string
}

/** The command for one annotation. */
export function annotation(
  level: 'error' | 'warning' | 'notice',
  { file, line, column, title }: Target,
  message: string,
): string {
  const properties = Object.entries({ file, line, col: column, title })
    .map(([name, value]) => `${name}=${escapeProperty(String(value))}`)
    .join(',')
  return `::${level} ${properties}::${escapeData(message)}`
}

const escapeData = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')

const escapeProperty = (text: string): string => escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')

/** Adds Markdown to the summary page of the job, where there is one. */
export async function addSummary({ process: { env } }: Context, markdown: string): Promise<void> {
  const path = env['GITHUB_STEP_SUMMARY']
  if (path !== undefined && path !== '') await appendFile(path, `${markdown}\n`)
}
