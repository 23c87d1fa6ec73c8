/** What the keys of the editor do. */

import type { Completions } from './completion.ts'

/** The list of completions: what is in it, and which one is chosen. */
export interface CompletionList extends Completions {
  readonly active: number
}

/** What a key does to the list; `undefined`: nothing, so that the key keeps its usual meaning. */
export type KeyAction = { readonly active: number } | 'accept' | 'close' | 'open' | undefined

/** Decides what a key does. A closed list leaves all keys alone except Ctrl+Space. */
export function actionOf(
  { key, ctrlKey, altKey, metaKey }: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'altKey' | 'metaKey'>,
  list: CompletionList | undefined,
): KeyAction {
  if (ctrlKey && key === ' ') return 'open'
  if (list === undefined || ctrlKey || altKey || metaKey) return undefined
  const { length } = list.items
  if (key === 'ArrowDown') return { active: (list.active + 1) % length }
  if (key === 'ArrowUp') return { active: (list.active + length - 1) % length }
  if (key === 'Enter' || key === 'Tab') return 'accept'
  return key === 'Escape' ? 'close' : undefined
}

/** The text after the chosen completion replaced the word before the caret. */
export function accept(
  text: string,
  caret: number,
  { from, items, active }: CompletionList,
): { readonly text: string; readonly caret: number } {
  const insert = items[active]?.insert ?? ''
  // A separator that is there already is not written twice.
  const rest = text.slice(caret)
  const shared = insert.endsWith(': ') && /^['"]?:/.test(rest) ? insert.replace(/['"]?: $/, '') : insert
  return { text: text.slice(0, from) + shared + rest, caret: from + shared.length }
}
