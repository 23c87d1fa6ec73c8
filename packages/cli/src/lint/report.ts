/** What `jobpass lint` found: findings with their places in files. */

import type { LintLevel } from '@jobpass/policy'
import type { Path, Place } from '../policy/places.ts'

/** A finding of lint, or a fault of a document or a suppression. */
export interface FileFinding extends Place {
  /** Id of the lint; of the lints of this program for a document or a suppression. */
  readonly id: string
  /** Severity. */
  readonly level: LintLevel
  /** The lint in a few words. */
  readonly title: string
  /** What is wrong. */
  readonly message: string
  /** What to write instead. */
  readonly fix: string
  /** The path in the document. */
  readonly path: Path
  /** Why it is accepted: the reason of a suppression. Default: it is not suppressed. */
  readonly suppressed?: string
}

/** The findings in one file. */
export interface FileReport {
  /** The path of the file, as it was given. */
  readonly file: string
  /** The findings, in the order of the text. */
  readonly findings: readonly FileFinding[]
}

/** A lint that this program has in addition to those of the policy package. */
export interface OwnLint {
  /** Its id. */
  readonly id: string
  /** Severity. */
  readonly level: LintLevel
  /** The lint in a few words. */
  readonly title: string
  /** Why it matters. */
  readonly why: string
}

const rows = {
  invalid: [
    'P001',
    'error',
    'Document that is no policy',
    'A server does not start with it, or keeps the version before.',
  ],
  noReason: ['P002', 'error', 'Suppression without a reason', 'Without a reason, the next reader cannot judge it.'],
  unused: ['P003', 'warning', 'Suppression of nothing', 'It would hide a finding that comes later.'],
  unknownName: [
    'P010',
    'error',
    'Name that the platform does not know',
    'The rule admits nobody, until a stranger registers the name.',
  ],
  otherId: [
    'P011',
    'error',
    'Name and id of different owners',
    'The name belongs to another repository or owner than the id.',
  ],
  unknownFile: ['P012', 'error', 'Workflow file that does not exist', 'The rule admits nobody until the file exists.'],
  unknownEnvironment: ['P013', 'error', 'Environment that does not exist', 'A job creates it, without any protection.'],
} as const satisfies Readonly<Record<string, readonly [id: string, level: LintLevel, title: string, why: string]>>

/** The lints of this program by name. */
export const ownLints = Object.fromEntries(
  Object.entries(rows).map(([name, [id, level, title, why]]) => [name, { id, level, title, why }]),
) as unknown as Readonly<Record<keyof typeof rows, OwnLint>>
