/** Reads values of conditions, with their wildcards and policy variables. */

import { joined } from '../pattern.ts'
import type { Pattern } from '../requirement.ts'
import { any, one } from '../requirement.ts'

const variable = /\$\{([^}]*)\}/g
const literals = new Set(['*', '?', '$'])

/**
 * A value as text: `${*}` is a star. `undefined` for a value with another policy variable, which
 * differs between requests.
 */
export function awsText(value: string, variables: boolean): string | undefined {
  if (!variables) return value
  if (!hasLiteralsOnly(value)) return undefined
  return value.replaceAll(variable, (_, name: string) => name)
}

/** A value as a pattern: `*` is any text, `?` one character, both across all separators. */
export function awsPattern(value: string, variables: boolean): Pattern | undefined {
  if (variables && !hasLiteralsOnly(value)) return undefined
  const parts = variables ? value.split(/(\$\{[*?$]\}|[*?])/) : value.split(/([*?])/)
  return joined(
    parts.map((part) => {
      if (part === '*') return any
      if (part === '?') return one
      return variables && /^\$\{[*?$]\}$/.test(part) ? part.slice(2, -1) : part
    }),
  )
}

function hasLiteralsOnly(value: string): boolean {
  return Array.from(value.matchAll(variable), ([, name = '']) => name).every((name) => literals.has(name))
}
