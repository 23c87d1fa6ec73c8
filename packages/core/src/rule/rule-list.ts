/** Rules that are asked together: which of them can match a caller at all, and what they said of that caller before. */

import type { CompiledTable } from '../provider/compiled-table.ts'
import { foldAscii } from '../util/text.ts'
import type { AnyWorkload } from '../identity/workload.ts'
import type { CompiledRule, RuleCheck } from './rule.ts'

/** So many rules are asked one by one as fast as they are found. */
const few = 8

/** A list of compiled rules. */
export class RuleList {
  readonly rules: readonly CompiledRule[]
  /** Whether there is code in one of the rules. */
  readonly hasCode: boolean
  /** Whether a verdict can only be the same again, and so may be remembered: identities are frozen, and so are rules without code and without time. */
  readonly pure: boolean
  #index: RuleIndex | undefined
  #asked = false
  #parts: { readonly free: RuleList; readonly once: RuleList | undefined } | undefined

  constructor(rules: readonly CompiledRule[]) {
    const checks = rules.flatMap((rule) => rule.checks)
    this.rules = rules
    this.hasCode = checks.some(({ code }) => code !== undefined)
    this.pure = !this.hasCode && !checks.some(({ timed }) => timed)
  }

  /** Those that admit any number of uses, and those that admit one. */
  get parts(): { readonly free: RuleList; readonly once: RuleList | undefined } {
    this.#parts ??= this.rules.some(isOnce)
      ? {
          free: new RuleList(this.rules.filter((rule) => !isOnce(rule))),
          once: new RuleList(this.rules.filter(isOnce)),
        }
      : { free: this, once: undefined }
    return this.#parts
  }

  /** The rules that may match an identity; all others certainly do not. */
  candidates(identity: AnyWorkload): readonly CompiledRule[] {
    if (this.rules.length <= few) return this.rules
    if (this.#index === undefined && !this.#asked) {
      // A list that is asked once, such as one that was looked up, is not worth an index.
      this.#asked = true
      return this.rules
    }
    this.#index ??= new RuleIndex(this.rules)
    return this.#index.find(identity)
  }

  /** Whether a rule that allows is for an issuer. */
  concerns(table: CompiledTable, issuer: string): boolean {
    return this.rules.some(
      (rule) => rule.effect === 'allow' && rule.table === table && (rule.issuers?.includes(issuer) ?? true),
    )
  }
}

const isOnce = ({ once }: CompiledRule): boolean => once !== undefined

interface ByField {
  readonly read: RuleCheck['read']
  readonly foldCase: boolean
  readonly rules: Map<unknown, CompiledRule[]>
}

/** Rules by the value of one field that each of them is pinned by: of several, the one that tells most rules apart. */
class RuleIndex {
  readonly #fields = new Map<string, ByField>()
  readonly #others: CompiledRule[] = []

  constructor(rules: readonly CompiledRule[]) {
    const told = new Map<string, Set<unknown>>()
    for (const { name, check } of rules.flatMap(pinsOf)) {
      const values = told.get(name) ?? new Set()
      for (const key of check.keys ?? []) values.add(key)
      told.set(name, values)
    }
    for (const rule of rules) {
      const [best] = pinsOf(rule).toSorted((a, b) => (told.get(b.name)?.size ?? 0) - (told.get(a.name)?.size ?? 0))
      if (best === undefined) this.#others.push(rule)
      else this.#add(best.name, best.check, rule)
    }
  }

  #add(name: string, { read, foldCase = false, keys }: RuleCheck, rule: CompiledRule): void {
    const field = this.#fields.get(name) ?? { read, foldCase, rules: new Map<unknown, CompiledRule[]>() }
    this.#fields.set(name, field)
    for (const key of keys ?? []) {
      const same = field.rules.get(key)
      if (same === undefined) field.rules.set(key, [rule])
      else same.push(rule)
    }
  }

  find(identity: AnyWorkload): readonly CompiledRule[] {
    let found: readonly CompiledRule[] = this.#others
    for (const { read, foldCase, rules } of this.#fields.values()) {
      const value = read(identity, 0)
      // A condition on a list holds when it holds for one element.
      for (const each of Array.isArray(value) ? (value as unknown[]) : [value]) {
        const own = rules.get(foldCase && typeof each === 'string' ? foldAscii(each) : each)
        if (own !== undefined) found = found.length === 0 ? own : [...found, ...own]
      }
    }
    return found
  }
}

/** The checks that tie a rule to its tenant by one plain value. Two tables may read a field of one name differently, and so the table is part of the name. */
function pinsOf(rule: CompiledRule): readonly { readonly name: string; readonly check: RuleCheck }[] {
  return rule.checks
    .filter(({ pin, keys }) => pin && keys !== undefined)
    .map((check) => ({ name: `${rule.table.table.id} ${check.field} ${check.foldCase}`, check }))
}
