import type { ConformanceResponse, ConformanceRun, World } from '@jobpass/testing/conformance'
import { conformanceCases, createWorld, startConformance } from '@jobpass/testing/conformance'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mounts } from './adapters/mounts.ts'
import { skips } from './adapters/skips.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})

const compared = ['content-type', 'www-authenticate', 'cache-control', 'retry-after'] as const
const answers = new Map<string, Map<string, unknown>>()

/** Status, documented headers and body must be the same in every adapter. */
function documented({ status, headers, body }: ConformanceResponse, ownWords: boolean): unknown {
  if (ownWords) return { status, challenge: headers['www-authenticate'] }
  const shared = status === 200 ? [] : compared.map((name) => [name, headers[name]])
  return { status, headers: Object.fromEntries(shared), body: status === 200 ? withoutTokenId(body) : body }
}

// Each adapter gets its own token, with another `jti`.
function withoutTokenId(body: string): string {
  return body.replace(/"(tokenId|jti)":"[^"]+"/g, '"$1":"…"')
}

describe.each(Object.entries(mounts))('%s', (name, mount) => {
  let suite: ConformanceRun
  beforeAll(() => {
    suite = startConformance(mount, world)
  })
  afterAll(() => suite.close())

  const skipped = skips[name] ?? {}
  test.skip.each(conformanceCases.filter(({ id }) => id in skipped))('$id $must', () => {})
  test.each(conformanceCases.filter(({ id }) => !(id in skipped)))('$id $must', async (testCase) => {
    const response = await suite.run(testCase)
    const byAdapter = answers.get(testCase.id) ?? new Map<string, unknown>()
    byAdapter.set(name, documented(response, testCase.expect.frameworkAnswers === true))
    answers.set(testCase.id, byAdapter)
  })
})

describe('all adapters', () => {
  test.each(conformanceCases)('all adapters answer $id identically', ({ id }) => {
    const [first, ...others] = [...(answers.get(id)?.values() ?? [])]
    const unable = Object.keys(mounts).filter((name) => id in (skips[name] ?? {})).length
    expect(others).toHaveLength(Object.keys(mounts).length - 1 - unable)
    for (const other of others) expect(other).toEqual(first)
  })
})

test('case ids are permanent: unique, and never fewer than the suite has had', () => {
  const ids = conformanceCases.map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.length).toBeGreaterThanOrEqual(80)
})
