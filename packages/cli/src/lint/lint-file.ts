/** Lints one policy file. */

import type { Finding, LintInput } from '@jobpass/policy'
import { lintPolicy, parsePolicy, PolicyError } from '@jobpass/policy'
import { providers } from '@jobpass/policy/built-in'
import { CommandError } from '../io/exit.ts'
import type { Path, Place } from '../policy/places.ts'
import { pathOf, placesIn } from '../policy/places.ts'
import type { PolicyFile, PolicyText } from '../policy/read-policy.ts'
import { maxPolicyBytes } from '../policy/read-policy.ts'
import type { FileFinding } from './report.ts'
import { ownLints } from './report.ts'
import { suppress } from './suppress.ts'

/** How to lint. */
export interface LintOptions {
  /** The set that the server passes as `trust`. Default: `trust` is unknown. */
  readonly trust: string | undefined
  /** The names of the API; empty where they are unknown. */
  readonly audience: readonly string[]
}

/** Reads the rules of a file, or the faults for which it is no policy. */
export function readRules(
  file: PolicyText,
  strict: boolean,
): PolicyFile | (PolicyText & { readonly faults: readonly FileFinding[] }) {
  const { text, format } = file
  try {
    return { ...file, policy: parsePolicy(text, { providers, format, strict, maxBytes: maxPolicyBytes }) }
  } catch (error) {
    if (error instanceof PolicyError) return { ...file, faults: error.faults.map(faultAt) }
    throw error
  }
}

/**
 * The findings of one file, with those that comments suppress, and `more` that were found
 * elsewhere.
 */
export function lintFile(file: PolicyFile, options: LintOptions, more: readonly FileFinding[]): readonly FileFinding[] {
  const { text, format, policy } = file
  const place = placesIn(text)
  const found = lintPolicy(policy, inputOf(policy.entries, file, options)).map((finding) =>
    locate(finding, options.trust, place),
  )
  const all = [...found, ...more]
  return (format === 'yaml' ? suppress(all, text) : all).toSorted(
    (a, b) => a.line - b.line || a.column - b.column || (a.id < b.id ? -1 : 1),
  )
}

function inputOf(
  entries: LintInput['routes'] & object,
  { path }: PolicyText,
  { trust, audience }: LintOptions,
): LintInput {
  const rules = trust === undefined ? undefined : entries[trust]
  if (trust !== undefined && rules === undefined) throw new CommandError(`${path}: has no set ${trust}`)
  return {
    ...(audience.length > 0 && { audience }),
    ...(rules !== undefined && { trust: rules as NonNullable<LintInput['trust']> }),
  }
}

function faultAt({ path, message, line = 1, column = 1 }: PolicyError['faults'][number]): FileFinding {
  const { id, level, title } = ownLints.invalid
  return {
    id,
    level,
    title,
    message: path === '' ? `The document ${message}` : `${path}: ${message}`,
    fix: '',
    path: pathOf(path),
    line,
    column,
  }
}

function locate(
  { id, level, title, where, message, fix }: Finding,
  trust: string | undefined,
  place: (path: Path) => Place,
): FileFinding {
  const [list, ...rest] = pathOf(where)
  const path: Path = list === 'trust' ? ['rules', trust ?? '', ...rest] : ['rules', ...rest]
  return { id, level, title, message: inDocument(message), fix: inDocument(fix), path, ...place(path) }
}

/** Rewords a message, which describes code, for a document. */
function inDocument(message: string): string {
  return message
    .replaceAll(/\bglob\(('[^']*')\)/g, '{ glob: $1 }')
    .replaceAll(/\b(glob|not|allOf|semver)\(\)/g, '{ $1: … }')
    .replaceAll('present()', '{ present: true }')
    .replaceAll('absent()', '{ present: false }')
    .replace('pinById(rule, workload) reads it from a job that the rule admits', '`jobpass lint --fix` writes it')
}
