/** Rules in YAML and JSON. Loaded when it is needed, since the parser is large. */

import { parsePolicy, PolicyError } from '@jobpass/policy'
import type { PolicyFormat, PolicyRule } from '@jobpass/policy'
import { providers } from '@jobpass/policy/built-in'
import type { RuleFault } from './rule-fault.ts'

/** The sets of rules of a document, or its faults. */
export type DocumentRules =
  { readonly sets: Readonly<Record<string, readonly PolicyRule[]>> } | { readonly faults: readonly RuleFault[] }

/** Reads a document by `parsePolicy()`. Never throws. */
export function readDocument(text: string, format: PolicyFormat): DocumentRules {
  try {
    return { sets: parsePolicy(text, { providers, format }).entries }
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error
    return { faults: error.faults.map(({ path, message, line, column }) => ({ path, message, line, column })) }
  }
}
