/** What every replay store must do: data with permanent ids, and a check for each. */

import type { ReplayStore } from '@jobpass/core'
import { equal, freshKey, inSeconds, numbered, rejects, until } from './checks.ts'

/** How the cases get the stores that they check. */
export interface StoreSetup {
  /**
   * Opens a store, as a process does when it starts: all of them share their claims. A store of one
   * process may be the same object each time.
   */
  open(): ReplayStore | Promise<ReplayStore>
  /** Opens a store of the same database that keeps its claims apart, by a prefix or a table. */
  openApart?(): ReplayStore | Promise<ReplayStore>
  /** Opens a store whose server never answers, or is down. */
  openUnreachable?(): ReplayStore | Promise<ReplayStore>
}

/** What a case needs and a store may lack. */
export type StoreAbility = 'by' | 'mark' | 'seen' | 'ends' | 'openApart' | 'openUnreachable'

/** One requirement of the contract. */
export interface ReplayStoreCase {
  /** Permanent id: a case may be retired, but its id is never used again. */
  readonly id: string
  /** The requirement, as a sentence with MUST. */
  readonly must: string
  /**
   * What the store needs for the case: methods of the store or its setup; `'by'`, which a store
   * lacks if it does not keep who claimed; and `'ends'`, which it lacks if it keeps keys longer.
   */
  readonly needs: readonly StoreAbility[]
  /** Checks a store. Rejects with an `Error` that says what was wrong. */
  readonly run: (setup: StoreSetup) => Promise<void>
}

/** A store with all of its methods; a case that calls one needs it. */
type FullStore = Required<Pick<ReplayStore, 'claim' | 'mark' | 'seen'>>
type Check = (store: FullStore, setup: Required<StoreSetup>) => Promise<void>

const full = async (store: ReplayStore | Promise<ReplayStore>): Promise<FullStore> => (await store) as FullStore

const storeCase = (id: string, needs: readonly StoreAbility[], must: string, check: Check): ReplayStoreCase => ({
  id,
  must,
  needs,
  run: async (setup) => check(await full(setup.open()), setup as Required<StoreSetup>),
})

/**
 * The characters of keys, which are SHA-256 digests in base64url
 * (https://www.rfc-editor.org/rfc/rfc4648#section-5).
 */
const alphabet = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_')

/** The answers of claims of one key: one is the first. */
const oneOf = (count: number): readonly string[] => ['first', ...numbered(count - 1).map(() => 'seen')]

/** Claims keys at once, for a minute. */
const claimAll = async (store: FullStore, keys: readonly string[]): Promise<readonly string[]> =>
  Promise.all(keys.map(async (key) => store.claim(key, inSeconds(60))))

/**
 * What every replay store must do. Leave out the cases that need what your store lacks.
 *
 * @example
 * ```ts
 * const setup = { open: () => memoryReplayStore() }
 * const lacks = ['ends', 'openApart', 'openUnreachable']
 * for (const { id, must, needs, run } of replayStoreCases)
 *   test.skipIf(needs.some((each) => lacks.includes(each)))(`${id}: ${must}`, () => run(setup))
 * ```
 */
export const replayStoreCases: readonly ReplayStoreCase[] = [
  storeCase(
    'claim-once',
    [],
    'of fifty claims of a key at once, one MUST be the first, in each of five rounds',
    async (one, { open }) => {
      const other = await full(open())
      for (const round of numbered(5)) {
        const key = freshKey()
        const claims = numbered(50).map(async (index) => (index % 2 === 0 ? one : other).claim(key, inSeconds(60)))
        equal(`round ${round}`, (await Promise.all(claims)).toSorted(), oneOf(50))
      }
    },
  ),
  storeCase(
    'claim-keys',
    [],
    'keys that differ in one character, or in its case, MUST be claimed one by one',
    async (store) => {
      const rest = freshKey().slice(1)
      const keys = alphabet.map((first) => first + rest)
      equal('first claims', [...new Set(await claimAll(store, keys))], ['first'])
      equal('second claims', [...new Set(await claimAll(store, keys))], ['seen'])
    },
  ),
  storeCase(
    'claim-by',
    ['by'],
    'of fifty callers that claim a key at once, the one who holds it MUST be the first again, and no other',
    async (one, { open }) => {
      const other = await full(open())
      const [key, end] = [freshKey(), inSeconds(60)]
      const names = numbered(50).map(freshKey)
      const claims = async (): Promise<readonly string[]> =>
        Promise.all(names.map(async (by, index) => (index % 2 === 0 ? one : other).claim(key, end, by)))
      const answers = await claims()
      equal('the first claims', answers.toSorted(), oneOf(50))
      equal('the same claims again', await claims(), answers)
      equal('a claim of no one', await one.claim(key, end), 'seen')
      const unheld = freshKey()
      const later = [await one.claim(unheld, end), await other.claim(unheld, end, freshKey())]
      equal('claims of a key that no one holds', later, ['first', 'seen'])
    },
  ),
  storeCase('claim-by-ends', ['by', 'ends'], 'a key that has ended MUST be held by its next caller', async (store) => {
    const [key, first, second] = [freshKey(), freshKey(), freshKey()]
    equal('the first claim', await store.claim(key, inSeconds(1), first), 'first')
    await until('the claim ends', async () => (await store.claim(key, inSeconds(60), second)) === 'first')
    equal('a claim of the holder before', await store.claim(key, inSeconds(60), first), 'seen')
    equal('a claim of the holder', await store.claim(key, inSeconds(60), second), 'first')
  }),
  storeCase('claim-many', [], 'a thousand keys MUST be remembered', async (store) => {
    const batches = numbered(20).map(() => numbered(50).map(freshKey))
    for (const answer of ['first', 'seen'])
      for (const batch of batches) equal('claims', [...new Set(await claimAll(store, batch))], [answer])
  }),
  storeCase('claim-lasts', [], 'a claim for longer than a week MUST last', async (store) => {
    const [key, end] = [freshKey(), inSeconds(8 * 86_400)]
    equal('two claims', [await store.claim(key, end), await store.claim(key, end)], ['first', 'seen'])
  }),
  storeCase(
    'claim-ends',
    ['ends'],
    'a claim MUST last until its time, and then MUST be free for one of twenty callers',
    async (store) => {
      const [key, end] = [freshKey(), inSeconds(1.5)]
      equal('the first claim', await store.claim(key, end), 'first')
      await until('the claim ends', async () => {
        const answers = await claimAll(
          store,
          numbered(20).map(() => key),
        )
        if (!answers.includes('first')) return false
        // Some databases round to milliseconds.
        if (inSeconds(0.01) < end) throw new Error(`the claim ended ${end - inSeconds(0)} s before its time`)
        equal('claims after the end', answers.toSorted(), oneOf(20))
        return true
      })
    },
  ),
  storeCase(
    'seen',
    ['seen', 'mark'],
    'a key MUST be seen when it is claimed or marked, and no other key',
    async (store) => {
      const [claimed, marked, other] = [freshKey(), freshKey(), freshKey()]
      const seen = async (): Promise<readonly boolean[]> =>
        Promise.all([claimed, marked, other].map(async (key) => store.seen(key)))
      equal('before', await seen(), [false, false, false])
      await store.claim(claimed, inSeconds(60))
      await store.mark(marked, inSeconds(60))
      equal('after', await seen(), [true, true, false])
    },
  ),
  storeCase('seen-ends', ['seen', 'mark', 'ends'], 'a key MUST not be seen after its time', async (store) => {
    const [claimed, marked] = [freshKey(), freshKey()]
    await store.claim(claimed, inSeconds(1))
    await store.mark(marked, inSeconds(1))
    await until('the claim ends', async () => !(await store.seen(claimed)))
    await until('the mark ends', async () => !(await store.seen(marked)))
  }),
  storeCase('mark-claimed', ['mark'], 'a marked key MUST not be claimed', async (store) => {
    const key = freshKey()
    await store.mark(key, inSeconds(60))
    equal('the claim', await store.claim(key, inSeconds(60)), 'seen')
  }),
  storeCase(
    'mark-prolongs',
    ['mark', 'seen'],
    'a mark MUST prolong a claim and an earlier mark, and MUST shorten none, in any order',
    async (store) => {
      const [soon, late] = [inSeconds(1), inSeconds(60)]
      const keys = numbered(5).map(freshKey) as [string, string, string, string, string]
      await store.claim(keys[0], soon)
      await store.mark(keys[0], late)
      await store.claim(keys[1], late)
      await store.mark(keys[1], soon)
      for (const end of [soon, late]) await store.mark(keys[2], end)
      for (const end of [late, soon]) await store.mark(keys[3], end)
      await Promise.all(numbered(30).map(async (index) => store.mark(keys[4], index === 7 ? late : soon)))
      await until('the earlier time is over', async () => inSeconds(-0.2) > soon)
      const seen = await Promise.all(keys.map(async (key) => store.seen(key)))
      equal('seen', seen, [true, true, true, true, true])
    },
  ),
  storeCase('apart', ['openApart'], 'a store that is kept apart MUST not see claims', async (store, { openApart }) => {
    const [apart, key] = [await full(openApart()), freshKey()]
    equal('claims', [await store.claim(key, inSeconds(60)), await apart.claim(key, inSeconds(60))], ['first', 'first'])
  }),
  storeCase(
    'outage',
    ['openUnreachable'],
    'an unreachable store MUST reject within three seconds',
    async (_, { openUnreachable }) => {
      const store: ReplayStore = await openUnreachable()
      await rejects('claim', async () => store.claim(freshKey(), inSeconds(60)))
      if (store.mark !== undefined) await rejects('mark', async () => store.mark?.(freshKey(), inSeconds(60)))
      if (store.seen !== undefined) await rejects('seen', async () => store.seen?.(freshKey()))
    },
  ),
]
