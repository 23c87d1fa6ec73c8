/** What an import takes and gives. Types only. */

import type { Requirement } from './requirement.ts'

/** The systems whose policies can be imported. */
export type ImportSource = 'aws' | 'gcp' | 'vault' | 'azure' | 'octo-sts' | 'oidc-ui' | 'pypi' | 'npm' | 'crates-io'

/** What a finding says of the translation. */
export type ImportLevel =
  /** Not translated: the reason is the message. The rules admit nothing for this part. */
  | 'refused'
  /** The original admits something that its author surely does not mean; the example shows it. */
  | 'accident'
  /** The rules admit less than the original; the example shows what they no longer admit. */
  | 'stricter'
  /** Something to do by hand, such as an audience to set. */
  | 'note'

/** One finding of an import. */
export interface ImportFinding {
  /** What it says of the translation. */
  readonly level: ImportLevel
  /** Place in the source: `Statement[0].Condition.StringLike`. */
  readonly where: string
  /** What was found. */
  readonly message: string
  /** What to do about it. */
  readonly fix: string
  /** Claims of a token, such as the original admits. Default: none. */
  readonly example?: Readonly<Record<string, unknown>>
}

/** What an original grants: who may call, by one issuer. What the readers of the sources give. */
export interface Grant {
  /** Name of the set of rules, such as `deploy`. */
  readonly name: string
  /** Place in the source, for messages. */
  readonly where: string
  /** The issuer, as in `iss`; `undefined` where the source does not say, so the user must. */
  readonly issuer: string | undefined
  /** What a token must satisfy. The audience is the claim `aud`, the subject is `sub`. */
  readonly requirement: Requirement
}

/** What a reader gives. */
export interface Reading {
  /** What the original grants. */
  readonly grants: readonly Grant[]
  /** What the reader found: parts that it refused, accidents that the text alone shows. */
  readonly findings: readonly ImportFinding[]
}

/** A document for `loadPolicy`. */
export interface ImportedPolicy {
  /** The rules by the name of their set. */
  readonly rules: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>
}

/** What is imported. */
export interface Imported {
  /** A document for `loadPolicy`; `undefined` where nothing could be translated safely. */
  readonly policy: ImportedPolicy | undefined
  /** The audiences that the original accepts; empty where it accepts any. */
  readonly audiences: readonly string[]
  /** All findings, in the order of the source. */
  readonly findings: readonly ImportFinding[]
}
