/**
 * Whether terms can hold at once: those of one rule, or of a route's rule and a trust rule. A
 * reported conflict is certain; some conflicts go unnoticed.
 */

import { covers, hasWildcard } from './cover.ts'
import { quote } from './finding.ts'
import type { Shape } from './shapes.ts'
import type { Term } from './terms.ts'
import { accepts, isPositive, needsValue, versionOf } from './terms.ts'

/** One or two terms that no run can satisfy. */
export interface Conflict {
  /** The conflicting terms. */
  readonly terms: readonly [Term, ...Term[]]
  /** The reason, for a message. */
  readonly why: string
}

/** Finds a conflict, using the facts of `shape` about the provider. */
export function conflictOf(terms: readonly Term[], shape: Shape | undefined): Conflict | undefined {
  const alone = terms.find(({ kind, facts }) => kind === 'absent' && facts.required)
  if (alone !== undefined) return { terms: [alone], why: `every token has '${alone.label}', so it is never absent` }
  for (const [index, a] of terms.entries()) {
    for (const b of terms.slice(index + 1)) {
      const why = a.name === b.name ? sameField(a, b) : (acrossFields(a, b, shape) ?? acrossFields(b, a, shape))
      if (why !== undefined) return { terms: a.implied ? [b, a] : [a, b], why }
    }
  }
  return undefined
}

function sameField(a: Term, b: Term): string | undefined {
  if (oneSided(a, b) || oneSided(b, a)) return `'${a.label}' would have to be ${describe(a)} and ${describe(b)}`
  return undefined
}

function oneSided(a: Term, b: Term): boolean {
  if (a.kind === 'absent') return needsValue(b)
  // `false` is present, but marks nothing.
  if (a.kind === 'unmarked' && b.kind !== 'exact') return needsValue(b) && !['flag', 'boolean'].includes(a.facts.kind)
  // Two elements of a list can satisfy two terms.
  if (a.kind === 'exact') return !(a.facts.list && isPositive(b)) && !a.values.some((value) => accepts(b, value))
  if (a.kind !== 'glob' || a.facts.list || b.patterns.length === 0) return false
  return a.patterns.every((pattern) =>
    b.kind === 'not'
      ? b.patterns.some((other) => covers(other, pattern))
      : b.patterns.every((other) => headsDiffer(pattern, other)),
  )
}

/** Whether both patterns begin with literal segments that differ. */
function headsDiffer(a: string, b: string): boolean {
  const [first = '', other = ''] = [a.split('/')[0], b.split('/')[0]]
  return !hasWildcard(first) && !hasWildcard(other) && first !== other
}

function acrossFields(a: Term, b: Term, shape: Shape | undefined): string | undefined {
  if (shape === undefined || !needsValue(a) || !needsValue(b)) return undefined
  if (shape.oneOf.includes(a.name) && shape.oneOf.includes(b.name))
    return `no run has both '${a.label}' and '${b.label}'`
  if (a.name === 'event' && a.kind === 'exact') return eventConflict(a, b, shape)
  if (a.name === 'ref') return refConflict(a, b)
  if (a.name === 'owner' && b.name === 'repository' && shape.ownerIsPrefix) return ownerConflict(a, b)
  return undefined
}

function eventConflict(event: Term, { name, label }: Term, shape: Shape): string | undefined {
  const [without, only] = [shape.eventsWithout[name], shape.eventsOnly[name]]
  const impossible = event.values.every(
    (value) => without?.includes(value as string) === true || only?.includes(value as string) === false,
  )
  return impossible ? `a run of ${describe(event)} has no '${label}'` : undefined
}

const prefixes: Readonly<Partial<Record<string, string>>> = { branch: 'refs/heads/', tag: 'refs/tags/' }

/** `branch` and `tag` are the ends of `ref`. */
function refConflict(ref: Term, b: Term): string | undefined {
  const prefix = prefixes[b.name]
  if (prefix === undefined || (ref.kind !== 'exact' && ref.kind !== 'glob')) return undefined
  const fits =
    ref.kind === 'glob'
      ? ref.patterns.some((pattern) => !headsDiffer(pattern, prefix) && !secondsDiffer(pattern, prefix))
      : ref.values.some((value) => String(value).startsWith(prefix) && accepts(b, String(value).slice(prefix.length)))
  return fits ? undefined : `no ref that is ${describe(ref)} has a ${b.label} that is ${describe(b)}`
}

function secondsDiffer(pattern: string, prefix: string): boolean {
  const [first, ...rest] = pattern.split('/')
  return first !== '**' && rest.length > 0 && headsDiffer(rest.join('/'), prefix.slice('refs/'.length))
}

function ownerConflict(owner: Term, repository: Term): string | undefined {
  if (owner.kind !== 'exact') return undefined
  const heads = owner.values.map((value) => String(value))
  const fits =
    repository.kind === 'glob'
      ? repository.patterns.some((pattern) => !heads.every((head) => headsDiffer(head, pattern)))
      : repository.kind !== 'exact' ||
        repository.values.some((value) =>
          heads.includes(String(value).slice(0, Math.max(0, String(value).lastIndexOf('/')))),
        )
  return fits ? undefined : `a repository of ${describe(owner)} is never ${describe(repository)}`
}

/** A text of a term as in code: a pattern in `glob()`, a value in a list with patterns as it is. */
function writtenPattern({ kind, written }: Term, text: string): string {
  const isPattern = kind === 'glob' && (written.length === 1 || hasWildcard(text))
  return isPattern ? `glob(${quote(text)})` : quote(text)
}

/** Describes a term. */
export function describe(term: Term): string {
  const { kind, written, implied } = term
  if (kind === 'absent') return 'absent'
  if (kind === 'unmarked') return 'absent, since the rule does not name it'
  if (kind === 'present') return 'present'
  if (implied) return `a trusted event (${written.map(String).join(', ')})`
  if (kind === 'semver') return `semver(${JSON.stringify(versionOf(term))})`
  if (kind === 'glob') return written.map((each) => writtenPattern(term, String(each))).join(' or ')
  return kind === 'not' ? `not ${quote(written)}` : quote(written)
}
