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
    if (!this.#asked) {
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

/** A check that ties a rule to its tenant by plain values, under the name that it shares with those that read and compare alike. */
interface Pin {
  readonly name: string
  readonly check: RuleCheck
  readonly keys: ReadonlySet<unknown>
}

interface ByField {
  readonly check: RuleCheck
  readonly rules: Map<unknown, CompiledRule[]>
}

/** Rules by the value of one field that each of them is pinned by: of several, the one that tells most rules apart. */
class RuleIndex {
  readonly #fields = new Map<string, ByField>()
  readonly #others: CompiledRule[] = []

  constructor(rules: readonly CompiledRule[]) {
    const told = new Map<string, Set<unknown>>()
    for (const { name, keys } of rules.flatMap(pinsOf)) {
      const values = told.get(name) ?? new Set()
      for (const key of keys) values.add(key)
      told.set(name, values)
    }
    const tells = ({ name }: Pin): number => told.get(name)?.size ?? 0
    for (const rule of rules) {
      const [best] = pinsOf(rule).toSorted((a, b) => tells(b) - tells(a))
      if (best === undefined) this.#others.push(rule)
      else this.#add(best, rule)
    }
  }

  #add({ name, check, keys }: Pin, rule: CompiledRule): void {
    const field = this.#fields.get(name) ?? { check, rules: new Map<unknown, CompiledRule[]>() }
    this.#fields.set(name, field)
    for (const key of keys) {
      const same = field.rules.get(key)
      if (same === undefined) field.rules.set(key, [rule])
      else same.push(rule)
    }
  }

  find(identity: AnyWorkload): readonly CompiledRule[] {
    let found: readonly CompiledRule[] = this.#others
    for (const { check, rules } of this.#fields.values()) {
      const value = check.read(identity, 0)
      // A condition on a list holds when it holds for one element.
      for (const each of Array.isArray(value) ? (value as unknown[]) : [value]) {
        const own = rules.get(check.foldCase === true && typeof each === 'string' ? foldAscii(each) : each)
        if (own !== undefined) found = found.length === 0 ? own : [...found, ...own]
      }
    }
    return found
  }
}

/** Two tables may read a field of one name differently, and so the table is part of the name. */
function pinsOf(rule: CompiledRule): readonly Pin[] {
  return rule.checks.flatMap((check) => {
    const { pin, keys, field, foldCase } = check
    return pin && keys !== undefined ? [{ name: `${rule.table.table.id} ${field} ${foldCase}`, check, keys }] : []
  })
}
