// The replay store in memory keeps the contract, except that it keeps keys longer than asked.

import { memoryReplayStore } from '@jobpass/core'
import type { ReplayStore } from '@jobpass/core'
import { replayStoreCases } from '@jobpass/testing/stores'
import { describe, expect, test } from 'vitest'
import { testContract } from './contract.ts'

const store = memoryReplayStore()
testContract(
  () => ({ open: () => store, openApart: () => memoryReplayStore(), openUnreachable: () => memoryReplayStore() }),
  { lacks: ['ends', 'openUnreachable'] },
)

test('case ids are permanent and unique', () => {
  const ids = replayStoreCases.map(({ id }) => id)
  expect(ids).toEqual([
    'claim-once',
    'claim-keys',
    'claim-by',
    'claim-by-ends',
    'claim-many',
    'claim-lasts',
    'claim-ends',
    'seen',
    'seen-ends',
    'mark-claimed',
    'mark-prolongs',
    'apart',
    'outage',
  ])
})

describe('a store that breaks the contract fails a case', () => {
  /** The ids of the cases that a store fails: a good one with changes. */
  async function failed(change: (good: Required<ReplayStore>) => Partial<ReplayStore>): Promise<readonly string[]> {
    const make = (): ReplayStore => {
      const [ends, holders] = [new Map<string, number>(), new Map<string, string | undefined>()]
      const has = (key: string): boolean => (ends.get(key) ?? 0) > Date.now() / 1000
      const good = {
        claim: async (key: string, end: number, by?: string) => {
          if (has(key)) return by !== undefined && holders.get(key) === by ? 'first' : 'seen'
          ends.set(key, end)
          holders.set(key, by)
          return 'first'
        },
        mark: async (key: string, end: number) => void ends.set(key, Math.max(end, ends.get(key) ?? 0)),
        seen: async (key: string) => has(key),
      } as Required<ReplayStore>
      return { ...good, ...change(good) }
    }
    const shared = make()
    const reject = (): Promise<never> => Promise.reject(new Error('down'))
    const setup = {
      open: () => shared,
      openApart: make,
      openUnreachable: () => ({ claim: reject, mark: reject, seen: reject, ...change({} as Required<ReplayStore>) }),
    }
    const outcomes = replayStoreCases.map(async ({ id, run }) =>
      run(setup).then(
        () => [],
        () => [id],
      ),
    )
    return (await Promise.all(outcomes)).flat()
  }
  const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  const down = (): Promise<never> => Promise.reject(new Error('down'))

  test.concurrent.each<[string, (good: Required<ReplayStore>) => Partial<ReplayStore>, readonly string[]]>([
    ['is good', () => ({}), []],
    [
      'reads, then writes',
      ({ seen, mark }) => ({
        claim: async (key, end) => {
          const isSeen = await (seen ?? down)(key)
          await pause()
          await mark?.(key, end)
          return isSeen ? 'seen' : 'first'
        },
      }),
      ['claim-once', 'claim-ends'],
    ],
    [
      'ignores the case of letters',
      ({ claim }) => ({ claim: async (key, end) => (claim ?? down)(key.toLowerCase(), end) }),
      ['claim-keys'],
    ],
    [
      'keeps claims for a minute more',
      ({ claim }) => ({ claim: async (key, end) => (claim ?? down)(key, end + 60) }),
      ['claim-ends', 'seen-ends'],
    ],
    [
      'keeps claims for a second',
      ({ claim }) => ({ claim: async (key) => (claim ?? down)(key, Date.now() / 1000 + 1) }),
      ['claim-ends'],
    ],
    [
      'does not keep who claimed',
      ({ claim }) => ({ claim: async (key, end) => (claim ?? down)(key, end) }),
      ['claim-by'],
    ],
    [
      'lets everyone repeat a claim',
      ({ claim }) => ({ claim: async (key, end, by) => (claim ?? down)(key, end, by && 'anyone') }),
      ['claim-by', 'claim-by-ends'],
    ],
    ['marks nothing', () => ({ mark: async () => {} }), ['seen', 'mark-claimed', 'mark-prolongs', 'outage']],
    ['admits during an outage', () => ({ claim: async () => 'first' as const }), ['outage']],
  ])('a store that %s', async (_, change, ids) => {
    const found = await failed(change)
    expect(found).toEqual(ids.length === 0 ? [] : expect.arrayContaining([...ids]))
  })
})
