/** What the commands say of a key set: ids and dates, nothing secret. */

import { escapeForLog } from '@jobpass/core/internal'
import type { Context } from '../context.ts'
import { print, printJson, remark } from '../io/print.ts'
import { atText } from './change.ts'
import { currentKey } from './document.ts'
import type { KeySet } from './document.ts'

/** A change of a key set. */
export interface Change {
  /** The key set before; `undefined` for a new one. */
  readonly before: KeySet | undefined
  /** The key set after. */
  readonly after: KeySet
  /** What follows from the change, for people. */
  readonly notes: readonly string[]
}

/** Reports a change. Where the key set is on standard output, the report is on standard error. */
export function report(context: Context, path: string, json: boolean, { before, after, notes }: Change): void {
  const now = context.now() / 1000
  const current = currentKey(after, now)
  const keys = after.keys.map((key) => ({
    kid: key.privateKey.kid,
    algorithm: key.privateKey.alg,
    from: key.from,
    state: key === current ? 'signs' : key.from > now ? 'next' : 'retired',
  }))
  const kidsOf = (keySet: KeySet | undefined): readonly string[] =>
    keySet?.keys.map(({ privateKey }) => privateKey.kid) ?? []
  const [added, removed] = [missing(kidsOf(after), kidsOf(before)), missing(kidsOf(before), kidsOf(after))]
  if (json) return printJson(context, { file: path, keys, added, removed })
  const lines = keys.map(({ kid, algorithm, from, state }) => {
    const when = { signs: 'signs now', next: `signs from ${atText(from)}`, retired: 'signs no more' }[state]
    return `${escapeForLog(kid)} (${escapeForLog(algorithm)}) ${when}`
  })
  const removals = removed.map((kid) => `${escapeForLog(kid)} is removed`)
  const text = [...lines, ...removals, ...notes].join('\n')
  if (path === '-') remark(context, text)
  else print(context, text)
}

function missing(list: readonly string[], other: readonly string[]): readonly string[] {
  return list.filter((each) => !other.includes(each))
}
