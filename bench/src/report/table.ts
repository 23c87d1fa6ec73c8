/** Markdown tables, and the format of figures. */

import type { Spread } from '../measure/stats.ts'

/** A table; the first column holds names, all others figures. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n')
}

/** Three significant digits, without an exponent. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–'
  const digits = value === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))))
  return value.toLocaleString('en', { maximumFractionDigits: Math.min(digits, 4), minimumFractionDigits: 0 })
}

export function percent(part: number): string {
  return `${(part * 100).toFixed(0)} %`
}

/** The range of the middle four fifths of the readings. */
export function range({ p10, p90 }: Spread, write: (value: number) => string = figure): string {
  return `${write(p10)}–${write(p90)}`
}

export function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n')
}
