/** Rules that are evaluated together, and an index of those that can match a caller at all. */

import type { CompiledTable } from '../table/compile-table.ts'
import { foldAscii } from '../util/format.ts'
import { digestOf } from './fingerprint.ts'
import type { AnyWorkload } from '../model/workload.ts'
import type { CompiledRule, RuleCheck } from './rule.ts'

/** Up to this many rules are evaluated one by one as fast as an index finds them. */
const few = 8

/** A list of compiled rules. */
export class RuleList {
  readonly rules: readonly CompiledRule[]
  /** Whether there is code in one of the rules. */
  readonly hasCode: boolean
  /** Whether a verdict may be cached: identities are frozen, and rules without code and time always decide alike. */
  readonly pure: boolean
  #index: RuleIndex | undefined
  #evaluated = false
  #fingerprint: string | undefined
  #parts: { readonly reusable: RuleList; readonly oneTime: RuleList | undefined } | undefined

  constructor(rules: readonly CompiledRule[]) {
    const checks = rules.flatMap((rule) => rule.checks)
    this.rules = rules
    this.hasCode = checks.some(({ code }) => code !== undefined)
    this.pure = !this.hasCode && !checks.some(({ timed }) => timed)
  }

  /** The rules that admit any number of uses, and those that admit one. */
  get parts(): { readonly reusable: RuleList; readonly oneTime: RuleList | undefined } {
    this.#parts ??= this.rules.some(isOnce)
      ? {
          reusable: new RuleList(this.rules.filter((rule) => !isOnce(rule))),
          oneTime: new RuleList(this.rules.filter(isOnce)),
        }
      : { reusable: this, oneTime: undefined }
    return this.#parts
  }

  /** The rules that may match an identity; all others certainly do not. */
  candidates(identity: AnyWorkload): readonly CompiledRule[] {
    if (this.rules.length <= few) return this.rules
    if (!this.#evaluated) {
      // A list that is evaluated once, such as one that was looked up, is not worth an index.
      this.#evaluated = true
      return this.rules
    }
    this.#index ??= new RuleIndex(this.rules)
    return this.#index.find(identity)
  }

  /** The fingerprint of the rules. */
  get fingerprint(): string {
    return (this.#fingerprint ??= digestOf(this.rules))
  }

  /** Whether a rule that allows is for an issuer. */
  concerns(table: CompiledTable, issuer: string): boolean {
    return this.rules.some(
      (rule) => rule.effect === 'allow' && rule.table === table && (rule.issuers?.includes(issuer) ?? true),
    )
  }
}

const isOnce = ({ once }: CompiledRule): boolean => once !== undefined

/** A check that ties a rule to its tenant by plain values. */
type Pin = RuleCheck & { readonly keys: ReadonlySet<unknown> }

/** The positions of rules by the value of one field. */
interface ByField {
  readonly foldCase: boolean
  readonly read: RuleCheck['read']
  readonly positions: Map<unknown, number[]>
}

/**
 * Rules by the value of one field that each of them is pinned by: of several, the one that tells most rules apart. Two checks
 * are of one field only if the very same function reads both: names are labels for people, and two fields may share one.
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
      else this.#add(best, position)
    })
  }

  #add({ read, foldCase = false, keys }: Pin, position: number): void {
    let field = this.#fields.find((each) => each.read === read && each.foldCase === foldCase)
    if (field === undefined) this.#fields.push((field = { read, foldCase, positions: new Map<unknown, number[]>() }))
    for (const key of keys) {
      const same = field.positions.get(key)
      if (same === undefined) field.positions.set(key, [position])
      else same.push(position)
    }
  }

  /** The candidates, in the order of the rules. */
  find(identity: AnyWorkload): readonly CompiledRule[] {
    let found: readonly number[] = this.#others
    for (const { read, foldCase, positions } of this.#fields) {
      const value = read(identity, 0)
      // A condition on a list holds when it holds for one element.
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
  return checks.filter((check): check is Pin => check.pin && check.keys !== undefined)
}
