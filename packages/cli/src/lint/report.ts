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

/** The lints of this program by name. */
export const ownLints: Readonly<Record<OwnLintName, OwnLint>> = {
  invalid: {
    id: 'P001',
    level: 'error',
    title: 'Document that is not a policy',
    why: 'A server does not start with it, or keeps the version before.',
  },
  noReason: {
    id: 'P002',
    level: 'error',
    title: 'Suppression without a reason',
    why: 'Without a reason, the next reader cannot judge it.',
  },
  unused: {
    id: 'P003',
    level: 'warning',
    title: 'Suppression of nothing',
    why: 'It would hide a finding that comes later.',
  },
  unknownName: {
    id: 'P010',
    level: 'error',
    title: 'Name that the platform does not know',
    why: 'The rule admits nobody, until a stranger registers the name.',
  },
  otherId: {
    id: 'P011',
    level: 'error',
    title: 'Name and id of different owners',
    why: 'The name belongs to another repository or owner than the id.',
  },
  unknownFile: {
    id: 'P012',
    level: 'error',
    title: 'Workflow file that does not exist',
    why: 'The rule admits nobody until the file exists.',
  },
  unknownEnvironment: {
    id: 'P013',
    level: 'error',
    title: 'Environment that does not exist',
    why: 'A job creates it, without any protection.',
  },
}

type OwnLintName = 'invalid' | 'noReason' | 'unused' | 'unknownName' | 'otherId' | 'unknownFile' | 'unknownEnvironment'
