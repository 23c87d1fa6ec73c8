/** Every preset, with the fixture that is written for it. */

import type { ProviderLike, ProviderTable, TrustRule } from '@jobpass/core'
import * as core from '@jobpass/core'
import type { Fixture } from '../../packages/testing/src/fixtures/fixture.ts'
import { writtenFixture } from '../../packages/testing/src/fixtures/index.ts'

/** A provider, as a test that knows none of them calls it. */
export interface AnyProvider extends ProviderLike {
  (conditions: unknown, settings?: unknown): TrustRule<never>
  readonly issuer: string | undefined
  readonly table: ProviderTable
  at(issuer: string, options?: object): AnyProvider
}

export interface Preset {
  /** The name it is imported by. */
  readonly name: string
  readonly provider: AnyProvider
  /** The provider bound to the sample's issuer where it has none of its own. */
  readonly bound: AnyProvider
  readonly fixture: Fixture
}

/** The presets by title. Throws for one without a fixture. */
export const presets: readonly Preset[] = Object.entries(core as Readonly<Record<string, unknown>>)
  .filter((entry): entry is [string, AnyProvider] => typeof entry[1] === 'function' && Object.hasOwn(entry[1], 'table'))
  .map(([name, provider]) => {
    const fixture = writtenFixture(provider.id)
    if (fixture === undefined) throw new Error(`${provider.id} has no fixture in packages/testing/src/fixtures`)
    const bound = provider.issuer === undefined ? provider.at(fixture.issuer as string) : provider
    return { name, provider, bound, fixture }
  })
  .toSorted((a, b) => (a.provider.title < b.provider.title ? -1 : 1))
