/** Lists of rules that are evaluated together, with an index of those that may match a caller. */

import type { CompiledTable } from '../table/compile-table.ts'
import { foldAscii } from '../util/format.ts'
import { digestOf } from './fingerprint.ts'
import type { VerifiedToken } from '../workload/verified-token.ts'
import type { CompiledRule, RuleCheck } from './rule.ts'

/** Up to this many rules, evaluating each is as fast as an index. */
const few = 8

/** A list of compiled rules. */
export class RuleList {
  /** The rules, in order. */
  readonly rules: readonly CompiledRule[]
  /** Whether any of the rules has code. */
  readonly hasCode: boolean = false
  /** Whether a check of a rule depends on the time. */
  readonly timed: boolean = false
  /**
   * Whether verdicts may be cached: identities are frozen, and rules that depend on neither code
   * nor time always give the same verdict.
   */
  readonly pure: boolean = true
  #index: RuleIndex | undefined
  #evaluated = false
  #fingerprint: string | undefined
  #parts: { readonly reusable: RuleList; readonly oneTime: RuleList | undefined } | undefined

  constructor(rules: readonly CompiledRule[]) {
    this.rules = rules
    // One pass: a policy has thousands of checks, each of them in another place of memory.
    for (const rule of rules) {
      for (const { code, timed } of rule.checks) {
        this.hasCode ||= code !== undefined
        this.timed ||= timed === true
      }
      for (const { code, timed } of undecidedOf(rule)) this.pure &&= code === undefined && timed !== true
    }
  }

  /** The rules that admit any number of uses, and the one-time rules. */
  get parts(): { readonly reusable: RuleList; readonly oneTime: RuleList | undefined } {
    this.#parts ??= this.rules.some(isOneTime)
      ? {
          reusable: new RuleList(this.rules.filter((rule) => !isOneTime(rule))),
          oneTime: new RuleList(this.rules.filter(isOneTime)),
        }
      : { reusable: this, oneTime: undefined }
    return this.#parts
  }

  /** The rules that may match a token; the others cannot. */
  candidates(token: VerifiedToken): readonly CompiledRule[] {
    if (this.rules.length <= few) return this.rules
    if (!this.#evaluated) {
      // Building an index costs too much for a list that is evaluated once, such as a looked-up
      // one.
      this.#evaluated = true
      return this.rules
    }
    this.#index ??= new RuleIndex(this.rules)
    return this.#index.find(token)
  }

  /** The fingerprint of the rules. */
  get fingerprint(): string {
    return (this.#fingerprint ??= digestOf(this.rules))
  }

  /** Whether any allow rule is for this issuer. */
  concerns(table: CompiledTable, issuer: string): boolean {
    return this.rules.some(
      (rule) => rule.effect === 'allow' && rule.table === table && (rule.issuers?.includes(issuer) ?? true),
    )
  }
}

const isOneTime = ({ once }: CompiledRule): boolean => once !== undefined

/** The checks of a rule that are still to be evaluated for a verified token. */
export const undecidedOf = ({ undecided, checks }: CompiledRule): readonly RuleCheck[] => undecided ?? checks

/** A check that ties a rule to its tenant by plain values. */
type Pin = RuleCheck & { readonly keys: ReadonlySet<unknown> }

/** The positions of rules by the value of one field. */
interface ByField {
  readonly table: CompiledTable
  readonly foldCase: boolean
  readonly read: RuleCheck['read']
  readonly positions: Map<unknown, number[]>
}

/**
 * Finds rules by the value of a field that pins them. For a rule with several pins, that is the
 * field with the most distinct values. Fields are compared by the function that reads them, since
 * two fields may share a name.
 */
class RuleIndex {
  readonly #rules: readonly CompiledRule[]
  readonly #fields: ByField[] = []
  readonly #others: number[] = []

  constructor(rules: readonly CompiledRule[]) {
    this.#rules = rules
    const values = new Map<RuleCheck['read'], Set<unknown>>()
    for (const { read, keys } of rules.flatMap(pinsOf)) {
      const known = values.get(read) ?? new Set()
      for (const key of keys) known.add(key)
      values.set(read, known)
    }
    const spread = ({ read }: Pin): number => values.get(read)?.size ?? 0
    rules.forEach((rule, position) => {
      const [best] = pinsOf(rule).toSorted((a, b) => spread(b) - spread(a))
      if (best === undefined) this.#others.push(position)
      else this.#add(rule.table, best, position)
    })
  }

  #add(table: CompiledTable, { read, foldCase = false, keys }: Pin, position: number): void {
    let field = this.#fields.find((each) => each.read === read && each.foldCase === foldCase)
    if (field === undefined)
      this.#fields.push((field = { table, read, foldCase, positions: new Map<unknown, number[]>() }))
    for (const key of keys) {
      const same = field.positions.get(key)
      if (same === undefined) field.positions.set(key, [position])
      else same.push(position)
    }
  }

  /** The candidates, in the order of the rules. */
  find(token: VerifiedToken): readonly CompiledRule[] {
    let found: readonly number[] = this.#others
    for (const { table, read, foldCase, positions } of this.#fields) {
      if (table !== token.issuer.table) continue
      const value = read(token, 0)
      // A condition on a list holds if it holds for one element.
      for (const each of Array.isArray(value) ? (value as unknown[]) : [value]) {
        const own = positions.get(foldCase && typeof each === 'string' ? foldAscii(each) : each)
        if (own !== undefined) found = found.length === 0 ? own : [...found, ...own]
      }
    }
    const inOrder = found.length < 2 ? found : [...new Set(found)].toSorted((a, b) => a - b)
    return inOrder.map((position) => this.#rules[position] as CompiledRule)
  }
}

function pinsOf({ checks }: CompiledRule): readonly Pin[] {
  return checks.filter((check): check is Pin => check.pin === true && check.keys !== undefined)
}
