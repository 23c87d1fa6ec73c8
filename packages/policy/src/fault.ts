/** What is wrong with a document, and where. */

import { escapeForLog } from '@jobpass/core/internal'
import { quote } from './text.ts'

/** The way from the top of a document to a value: keys and indexes. */
export type Path = readonly (string | number)[]

/** A place in the text of a document, counted from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** One thing that is wrong with a policy document. */
export interface PolicyFault {
  /** Where in the document: `rules.deploy[0].branch`; empty for the document itself. */
  readonly path: string
  /** What is wrong, and what to write instead. */
  readonly message: string
  /** Where in the text, counted from 1; only for text. */
  readonly line?: number
  readonly column?: number
}

/** Takes note of a fault; `'key'` when it is the key that is wrong, not its value. */
export type Report = (path: Path, message: string, part?: 'key' | 'value') => void

/** Everything that is wrong with a policy document; nothing of it is in force. */
export class PolicyError extends TypeError {
  override readonly name = 'PolicyError'
  /** All faults, in the order of the text where there is one; the message tells the first 100. */
  readonly faults: readonly PolicyFault[]
  /** The file, where the document is one. */
  readonly file: string | undefined

  constructor(faults: readonly PolicyFault[], file?: string, options?: ErrorOptions) {
    const told = faults.slice(0, most)
    const lines = told.map((fault) => escapeForLog(lineOf(fault, file)))
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

/** `policy.yaml:7:15 rules.deploy[0].branch: …`, as much of it as there is. */
function lineOf({ path, message, line, column }: PolicyFault, file: string | undefined): string {
  const place = [...(file === undefined ? [] : [file]), ...(line === undefined ? [] : [`${line}:${column}`])].join(':')
  const where = [place, path].filter((part) => part !== '').join(' ')
  return where === '' ? `The document ${message}` : `${where}: ${message}`
}

/** `rules.deploy[0].claims["oidc.circleci.com/org-id"]` */
export function pathText(path: Path): string {
  const text = path.map((part) => {
    if (typeof part === 'number') return `[${part}]`
    return /^[A-Za-z_$][\w$-]*$/.test(part) ? `.${part}` : `[${quote(part)}]`
  })
  return text.join('').replace(/^\./, '')
}
