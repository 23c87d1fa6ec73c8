/** `jobpass keys retire`. */

import type { Context } from '../context.ts'
import { withoutKey } from './change.ts'
import { currentKey } from './document.ts'
import type { RetireFlags } from './flags.ts'
import { runChange } from './run-change.ts'

const refused = 'Its tokens are refused within 16 minutes: processes ask once a minute, and verifiers keep keys for 15.'
const early = 'The key that signs now may be new to verifiers: until then, they can refuse its tokens as well.'

/** Withdraws a key at once. */
export async function runRetire(this: Context, { json }: RetireFlags, path: string, kid: string): Promise<void> {
  await runChange(this, path, json, async (before) => {
    const now = Math.floor(this.now() / 1000)
    const after = await withoutKey(before, kid, now)
    const signs = currentKey(after, now).privateKey.kid
    const known = before.keys.some(({ privateKey, from }) => privateKey.kid === signs && from <= now)
    return { after, notes: known ? [refused] : [refused, early] }
  })
}
