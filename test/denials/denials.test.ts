// Every denial of the corpus: the verdict, and the response of every adapter at every level of
// `explain`.

import type { VerifierOptions } from '@jobpass/core'
import { createVerifier, decide } from '@jobpass/core'
import type { MountedApp, World } from '@jobpass/testing/conformance'
import { createWorld } from '@jobpass/testing/conformance'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mounts } from '../adapters/mounts.ts'
import type { Denial } from './corpus.ts'
import { denials, denialTrust as trust } from './corpus.ts'

const audience = 'https://api.acme.dev'
let world: World
let options: VerifierOptions

beforeAll(async () => {
  world = await createWorld()
  options = { audience, trust, fetch: world.fetch, clock: world.clock }
})

const mint = ({ by, claims, trigger = 'push' }: Denial): Promise<string> =>
  world[by].mint({ aud: audience, ...claims }, { trigger: trigger as 'push' })

test('the corpus has at least 60 denials, each with a unique name', () => {
  expect(denials.length).toBeGreaterThanOrEqual(60)
  expect(new Set(denials.map(({ by, name }) => `${by} ${name}`)).size).toBe(denials.length)
})

describe('the verdict has the nearest rule, the failed checks and the hint', () => {
  test.each(denials)('$by: $name', async (denial) => {
    const workload = await createVerifier(options).verify(await mint(denial))

    const verdict = decide(denial.rules, workload)

    expect({ allowed: verdict.allowed, reason: verdict.reason }).toEqual({
      allowed: false,
      reason: denial.reason ?? 'no-rule-matched',
    })
    expect(verdict.nearest).toBe(verdict.rules[denial.nearest ?? 0])
    const failed = verdict.nearest?.checks.filter(({ passed }) => !passed) ?? []
    expect(
      failed.map(({ field, operator, actual, expected, hint }) => [field, operator, actual, expected, hint]),
    ).toEqual(
      denial.failed.map(([field, operator, actual, expected, hint]) => [field, operator, actual, expected, hint]),
    )
    expect(verdict.nearestOwn === verdict.nearest).toBe(denial.own ?? true)
  })
})

const levels = ['none', 'own', 'full'] as const

/**
 * What a level shows: nothing; failed checks of the own tenant with the caller's values; or
 * expected values as well.
 */
function checksAt(level: (typeof levels)[number], { failed, own = true }: Denial): unknown {
  if (level === 'none' || !own) return undefined
  return failed.map(([field, operator, actual, expected, hint]) => ({
    field,
    operator,
    actual: actual ?? null,
    ...(level === 'full' ? { expected } : {}),
    ...(hint === undefined ? {} : { hint }),
  }))
}

describe.each(Object.entries(mounts))('the answer of %s', (_name, mount) => {
  describe.each(levels)("at explain: '%s'", (level) => {
    let app: MountedApp
    beforeAll(async () => {
      const routes = Object.fromEntries(denials.map(({ rules }, index) => [`POST /denial-${index}`, [rules]]))
      app = await mount({ auth: [{ ...options, explain: level }], routes, handled: () => {} })
    })
    afterAll(() => app.close())

    test('the response shows exactly the part that the level allows', async () => {
      const shown = await Promise.all(
        denials.map(async (denial, index) => {
          const headers = [['authorization', `Bearer ${await mint(denial)}`]] as const
          const { status, body } = await app.send({ method: 'POST', path: `/denial-${index}`, headers })
          const { checks, issuer } = JSON.parse(body) as { checks?: unknown; issuer?: string }
          return { name: denial.name, status, checks, toldWho: issuer !== undefined }
        }),
      )
      expect(shown).toEqual(
        denials.map((denial) => ({
          name: denial.name,
          status: 403,
          checks: checksAt(level, denial),
          toldWho: level !== 'none',
        })),
      )
    })
  })
})
