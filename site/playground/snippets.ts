/** Code to copy: the middleware and the route with the rules of the editor. */

import type { RuleJson, TrustRule } from '@jobpass/core'
import { writeTypeScript } from './write-rule.ts'

/** Lines of code; `undefined` for rules that have no JSON. */
export interface Snippets {
  /** The imports and the middleware. */
  readonly middleware: string
  /** The argument of one route. */
  readonly route: string
}

/** The code for rules. */
export function snippetsOf(rules: readonly TrustRule[], audience: string): Snippets {
  const code = writeTypeScript(rules.map((rule): RuleJson => rule.toJSON()))
  const trust = code.replaceAll('\n', '\n    ')
  const route = `requireWorkload(${code})`.replaceAll('\n', '\n  ')
  return {
    middleware: `${imports(code, 'workloadAuth')}

app.use(
  workloadAuth({
    audience: ${quoted(audience)},
    trust: ${trust},
  }),
)`,
    route: `${imports(code, 'requireWorkload')}

app.post(
  '/deploy',
  ${route},
  handler,
)`,
  }
}

function imports(code: string, own: string): string {
  const outside = code.replaceAll(/'(?:[^'\\]|\\.)*'/g, '')
  const called = Array.from(outside.matchAll(/(?<![\w.])([a-z]\w*)(?=[(.])/gi), ([, name]) => name as string)
  const names = [...new Set([...called, own])].toSorted((a, b) => a.localeCompare(b))
  return `import { ${names.join(', ')} } from '@jobpass/express'`
}

function quoted(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}
