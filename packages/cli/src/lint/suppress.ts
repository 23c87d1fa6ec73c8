/**
 * Suppressions: `# jobpass-ignore L010: every tag may read`. Behind code, one is for that line;
 * on a line of its own, for the rule or key that starts on the next line.
 */

import type { Place } from '../policy/places.ts'
import { placesIn } from '../policy/places.ts'
import type { Comment } from './comments.ts'
import { commentsIn } from './comments.ts'
import type { FileFinding } from './report.ts'
import { ownLints } from './report.ts'

interface Suppression extends Place {
  readonly ids: readonly string[]
  readonly reason: string
  /** The line that it is for. */
  readonly target: number
}

const form = /^jobpass-ignore\b\s*(?<ids>[A-Z]\d+(?:\s*,\s*[A-Z]\d+)*)?\s*(?::\s*(?<reason>.*))?$/

/**
 * Marks the findings that the comments of a text suppress, and reports suppressions with a fault.
 */
export function suppress(findings: readonly FileFinding[], text: string): readonly FileFinding[] {
  const comments = commentsIn(text).filter((comment) => comment.text.startsWith('jobpass-ignore'))
  if (comments.length === 0) return findings
  const lines = text.split('\n')
  const read = comments.map((comment) => readSuppression(comment, lines))
  const place = placesIn(text)
  const used = new Set<Suppression>()
  const isFor = ({ path, id, line }: FileFinding, { ids, target }: Suppression): boolean =>
    ids.includes(id) &&
    (line === target || path.some((_, index) => index > 0 && place(path.slice(0, index + 1)).line === target))
  const marked = findings.map((finding) => {
    const by = read.find((each) => 'ids' in each && isFor(finding, each)) as Suppression | undefined
    if (by === undefined) return finding
    used.add(by)
    return { ...finding, suppressed: by.reason }
  })
  const faults = read.flatMap((each) => ('ids' in each ? (used.has(each) ? [] : [unusedAt(each)]) : [each]))
  return [...marked, ...faults]
}

function readSuppression(
  { text, line, column, trailing }: Comment,
  lines: readonly string[],
): Suppression | FileFinding {
  const { ids, reason = '' } = form.exec(text)?.groups ?? {}
  const { id, level, title } = ownLints.noReason
  if (ids === undefined || reason.trim() === '') {
    const message = ids === undefined ? 'The suppression names no lint.' : `The suppression of ${ids} has no reason.`
    return { id, level, title, message, fix: 'Write `# jobpass-ignore L010: the reason`.', path: [], line, column }
  }
  return {
    ids: ids.split(/\s*,\s*/),
    reason: reason.trim(),
    target: trailing ? line : nextLine(lines, line),
    line,
    column,
  }
}

/** The next line with content, counted from 1. */
function nextLine(lines: readonly string[], after: number): number {
  const found = lines.findIndex((line, index) => index >= after && !/^\s*(?:#|$)/.test(line))
  return found < 0 ? after + 1 : found + 1
}

function unusedAt({ ids, line, column }: Suppression): FileFinding {
  const { id, level, title } = ownLints.unused
  return {
    id,
    level,
    title,
    message: `There is no finding ${ids.join(' or ')} here.`,
    fix: 'Delete the comment.',
    path: [],
    line,
    column,
  }
}
