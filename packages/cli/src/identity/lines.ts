/** An identity as text: one field a line. */

import type { AnyWorkload } from '@jobpass/core'
import { escapeForLog } from '@jobpass/core/internal'

/** The fields of an identity, without its raw claims, aligned. */
export function identityLines(workload: AnyWorkload): readonly string[] {
  const fields = Object.entries(workload).filter(([name, value]) => name !== 'claims' && value !== undefined)
  const width = Math.max(...fields.map(([name]) => name.length))
  return fields.map(([name, value]) => `  ${name.padEnd(width)}  ${escapeForLog(asText(value))}`)
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing')
}
