/** Checks the settings of a rule in a document. */

import type { Checking } from './check-condition.ts'
import { isExact, reportBare } from './check-condition.ts'
import { broken } from './document.ts'
import type { Path } from './fault.ts'
import { formatBare, isPlainObject } from '@jobpass/core/internal'
import { didYouMean, quote, show } from './text.ts'

/** Maximum of the settings that are times, in seconds. */
export const longest = { maxTokenAge: 86_400, maxLifetime: 604_800 } as const
const settingNames = [
  'audience',
  'multipleAudiences',
  ...Object.keys(longest),
  'oneTime',
  'sharedAudience',
  'anyWorkload',
  'data',
]

/** Checks the settings of a rule. */
export function checkSettings(value: unknown, path: Path, checking: Checking): void {
  if (!isPlainObject(value))
    return checking.report(path, `must be an object, such as { "maxTokenAge": 300 }, not ${show(value)}`)
  for (const key of Object.keys(value)) checkSetting(key, value[key], [...path, key], checking)
}

function checkOneTime(value: unknown, path: Path, { report }: Checking): void {
  if (value === true) return
  if (!isPlainObject(value)) return report(path, `is true, or an object, such as { "per": "run" }, not ${show(value)}`)
  for (const [key, part] of Object.entries(value)) {
    if (part === broken) continue
    if (key === 'per') {
      if (part !== 'token' && part !== 'run') report([...path, key], `is "token" or "run", not ${show(part)}`)
    } else if (key === 'scope') {
      if (typeof part !== 'string' || part.trim() === '' || part.length > 100)
        report([...path, key], `must be text of 1 to 100 characters, not ${show(part)}`)
    } else report([...path, key], `${quote(key)} is not a part of oneTime. Known: per, scope`, 'key')
  }
}

/** Data is kept as it is, but numbers that lose digits were ids. */
function checkData(value: unknown, path: Path, checking: Checking): void {
  const { report, written } = checking
  if (typeof value === 'number' && !isExact(value))
    report(path, `is ${formatBare(value, written(path))}, which loses digits: quote it`)
  if (typeof value === 'object' && value !== null)
    for (const [key, part] of Object.entries(value))
      checkData(part, [...path, Array.isArray(value) ? Number(key) : key], checking)
}

function checkSetting(key: string, value: unknown, path: Path, checking: Checking): void {
  if (value === broken) return
  const { report } = checking
  if (key === 'audience') {
    if (reportBare(value, path, checking)) return
    const list: readonly unknown[] = Array.isArray(value) ? value : [value]
    const names = (item: unknown): boolean => item === broken || (typeof item === 'string' && item.trim() !== '')
    if (list.length === 0 || !list.every(names))
      report(path, `must name this API, such as "https://api.acme.dev", or be a list of such names, not ${show(value)}`)
  } else if (key === 'multipleAudiences' || key === 'anyWorkload') {
    if (value !== true) report(path, 'is true, or left out')
  } else if (key === 'oneTime') {
    checkOneTime(value, path, checking)
  } else if (key === 'data') {
    if (value === null) report(path, 'is null: leave it out, or write a value')
    else checkData(value, path, checking)
  } else if (key === 'sharedAudience') {
    if (value !== 'accepted') report(path, 'is "accepted", or left out')
  } else if (key === 'maxTokenAge' || key === 'maxLifetime') {
    if (typeof value !== 'number' || value < 1 || value > longest[key])
      report(path, `must be a number of seconds from 1 to ${longest[key]}, not ${show(value)}`)
  } else {
    const near = didYouMean(key, settingNames) || '.'
    report(path, `${quote(key)} is not a setting${near} Known: ${settingNames.join(', ')}`, 'key')
  }
}
