/** Text in Markdown. */

import { escapeForLog } from '@jobpass/core/internal'

/** Text for a cell of a table: no mark-up in it works. */
export function markdownCell(text: string): string {
  return escapeForLog(text).replaceAll(/[\\`*_{}[\]<>()#+!|~]/g, String.raw`\$&`)
}
