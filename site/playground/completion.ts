/** What may be written at the caret, from the schema of rules. */

import { contextInCode } from './code-context.ts'
import type { Context } from './completion-context.ts'
import { contextInYaml } from './yaml-context.ts'
import { importNameOf, providers } from '@jobpass/policy/built-in'
import { claimsFor, conditionsFor, fieldsFor, settingsFields, valuesFor } from './schema-facts.ts'
import type { Language } from './state.ts'

/** A text to insert. */
interface Completion {
  /** What the list shows. */
  readonly label: string
  /** What it means, in a sentence or less. */
  readonly detail: string
  /** The text that replaces the word before the caret. */
  readonly insert: string
}

/** Completions, and where the word starts that they replace. */
export interface Completions {
  readonly from: number
  readonly items: readonly Completion[]
}

const most = 50

/** The completions at the caret; without items where nothing is known. */
export function completionsAt(text: string, caret: number, language: Language): Completions {
  const context = language === 'yaml' ? contextInYaml(text, caret) : contextInCode(text, caret, language)
  const word = context.word.toLowerCase()
  const fitting = itemsFor(context, language).filter(({ label }) => label.toLowerCase().includes(word))
  const starting = fitting.filter(({ label }) => label.toLowerCase().startsWith(word))
  const items = [...starting, ...fitting.filter((each) => !starting.includes(each))].slice(0, most)
  // What is already written needs no list.
  return { from: context.from, items: items.length === 1 && items[0]?.label === context.word ? [] : items }
}

function itemsFor(context: Context, language: Language): readonly Completion[] {
  const { place, provider, field, used } = context
  if (place === 'rule') return language === 'typescript' ? providerCalls() : []
  if (place === 'provider') return providerIds(context, language)
  if (provider === undefined) return place === 'field' ? keys([['provider', 'The CI system.']], context, language) : []
  if (place === 'value') return valueItems(context, language)
  if (place === 'operator') return operatorKeys(provider, field ?? '', context, language)
  if (place === 'none') return []
  const names =
    place === 'settings' ? settingsFields() : place === 'claims' ? claimsFor(provider) : fieldsOf(provider, language)
  return keys(
    names.filter(([name]) => !used.includes(name)),
    context,
    language,
  )
}

/** Keys of documents that are not among the conditions in code. */
const outside = new Set(['provider', 'issuer', 'reportOnly', 'settings'])

function fieldsOf(provider: string, language: Language): readonly (readonly [string, string])[] {
  const fields = fieldsFor(provider)
  return language === 'typescript' ? fields.filter(([name]) => !outside.has(name)) : fields
}

function providerCalls(): readonly Completion[] {
  return providers.map(({ id, title, issuer }) => {
    const label = importNameOf(id)
    return { label, detail: title, insert: issuer === undefined ? `${label}.at('https://` : `${label}({ ` }
  })
}

function providerIds({ quoted }: Context, language: Language): readonly Completion[] {
  return providers.map(({ id, title }) => ({ label: id, detail: title, insert: textOf(id, language, quoted) }))
}

function keys(
  names: readonly (readonly [string, string])[],
  { quoted }: Context,
  language: Language,
): readonly Completion[] {
  return names.map(([label, detail]) => ({ label, detail, insert: keyOf(label, language, quoted) }))
}

function keyOf(name: string, language: Language, quoted: boolean): string {
  if (language === 'json') return quoted ? name : `"${name}": `
  if (/^[A-Za-z_$][\w$]*$/.test(name) || (language === 'yaml' && /^[A-Za-z][\w./-]*$/.test(name))) return `${name}: `
  return quoted ? name : `'${name}': `
}

/** A text value; the quote before the caret is kept. */
function textOf(text: string, language: Language, quoted: boolean): string {
  if (quoted) return text
  if (language === 'yaml') return /^[A-Za-z][\w./-]*$/.test(text) ? text : `'${text}'`
  return language === 'json' ? `"${text}"` : `'${text}'`
}

function valueItems(context: Context, language: Language): readonly Completion[] {
  const { provider = '', field = '', inClaims, inSettings, quoted } = context
  const known = valuesFor(provider, field, { inClaims, inSettings })
  const values = known.values.map((value) => ({
    label: String(value),
    detail: 'value',
    insert: typeof value === 'string' ? textOf(value, language, quoted) : String(value),
  }))
  return quoted || inSettings ? values : [...values, ...operators(known.operators, language)]
}

function operatorKeys(provider: string, field: string, context: Context, language: Language): readonly Completion[] {
  const { operators: names } = valuesFor(provider, field, context)
  return keys(
    names.map((name) => [name, conditionsFor[name] ?? '']),
    context,
    language,
  )
}

const calls: Readonly<Record<string, readonly string[]>> = { present: ['present()', 'absent()'], semver: ['semver()'] }

function operators(names: readonly string[], language: Language): readonly Completion[] {
  return names.flatMap((name) => {
    const detail = conditionsFor[name] ?? ''
    if (language === 'typescript')
      return (calls[name] ?? [`${name}(`]).map((label) => ({ label, detail, insert: label }))
    const key = language === 'json' ? `"${name}"` : name
    return [{ label: name, detail, insert: `{ ${key}: ` }]
  })
}
