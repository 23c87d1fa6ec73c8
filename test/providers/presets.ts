/** Every preset, with its handwritten fixture. */

import type { ProviderLike, ProviderTable, TrustRule } from '@jobpass/core'
import * as core from '@jobpass/core'
import type { Fixture } from '../../packages/testing/src/fixtures/fixture.ts'
import { writtenFixture } from '../../packages/testing/src/fixtures/index.ts'

/** A provider, typed for tests that do not know which one it is. */
export interface AnyProvider extends ProviderLike {
  (conditions: unknown, settings?: unknown): TrustRule<never>
  readonly issuer: string | undefined
  readonly table: ProviderTable
  at(issuer: string, options?: object): AnyProvider
}

export interface Preset {
  /** Its export name. */
  readonly name: string
  readonly provider: AnyProvider
  /** The provider, bound to the sample's issuer if it has no fixed one. */
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
