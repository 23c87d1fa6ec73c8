/** Writes YAML, for files and for terminals. */

import { escapeForLog } from '@jobpass/core/internal'
import { Document, visit } from 'yaml'

/**
 * A value as YAML. Characters that a terminal or a CI runner would interpret are escaped inside of
 * double quotes, so that the YAML still means the same.
 */
export function toYaml(value: unknown): string {
  const document = new Document(value)
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value === 'string' && escapeForLog(node.value) !== node.value) node.type = 'QUOTE_DOUBLE'
    },
  })
  // Without a width and a length, no text is spread over lines.
  const options = { lineWidth: 0, doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER }
  return document.toString(options).split('\n').map(escapeForLog).join('\n')
}
