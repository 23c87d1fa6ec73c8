/** Faults of a document, with their places. */

import { escapeForLog } from '@jobpass/core/internal'
import { quote } from './text.ts'

/** Path to a value from the top of a document: keys and indexes. */
export type Path = readonly (string | number)[]

/** A place in the text of a document. */
export interface Position {
  /** Line, counted from 1. */
  readonly line: number
  /** Column, counted from 1. */
  readonly column: number
}

/** One fault of a policy document. */
export interface PolicyFault {
  /** Path in the document, such as `rules.deploy[0].branch`; empty for the document itself. */
  readonly path: string
  /** What is wrong, and what to write instead. */
  readonly message: string
  /** Line in the text, counted from 1; only if the document was text. */
  readonly line?: number
  /** Column in the text, counted from 1; only if the document was text. */
  readonly column?: number
}

/** Records a fault. `'key'`: the key is wrong, not its value. */
export type Report = (path: Path, message: string, part?: 'key' | 'value') => void

/** All faults of a policy document. A document with faults takes no effect. */
export class PolicyError extends TypeError {
  /** The name of the class. */
  override readonly name = 'PolicyError'
  /** All faults, in the order of the text if there is one. The message lists the first 100. */
  readonly faults: readonly PolicyFault[]
  /** Name of the file, if the document is a file. */
  readonly file: string | undefined

  /** @internal */
  constructor(faults: readonly PolicyFault[], file?: string, options?: ErrorOptions) {
    const shown = faults.slice(0, most)
    const lines = shown.map((fault) => escapeForLog(lineOf(fault, file)))
    const more = faults.length > most ? [`and ${faults.length - most} more`] : []
    const text =
      faults.length === 1 ? lines.join('') : [`The policy has ${faults.length} faults:`, ...lines, ...more].join('\n  ')
    super(text, options?.cause === undefined ? {} : options)
    this.faults = Object.freeze(
      faults.map((fault) => Object.freeze({ ...fault, message: escapeForLog(fault.message) })),
    )
    this.file = file
  }
}

const most = 100

/**
 * Formats a fault, such as `policy.yaml:7:15 rules.deploy[0].branch: …`; unknown parts are omitted.
 */
function lineOf({ path, message, line, column }: PolicyFault, file: string | undefined): string {
  const place = [...(file === undefined ? [] : [file]), ...(line === undefined ? [] : [`${line}:${column}`])].join(':')
  const where = [place, path].filter((part) => part !== '').join(' ')
  return where === '' ? `The document ${message}` : `${where}: ${message}`
}

/** Formats a path, such as `rules.deploy[0].claims["oidc.circleci.com/org-id"]`. */
export function pathText(path: Path): string {
  const text = path.map((part) => {
    if (typeof part === 'number') return `[${part}]`
    return /^[A-Za-z_$][\w$-]*$/.test(part) ? `.${part}` : `[${quote(part)}]`
  })
  return text.join('').replace(/^\./, '')
}
