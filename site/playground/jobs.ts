/** The platforms and jobs to choose from: the fixtures of the test issuer. */

import type { RuleJson } from '@jobpass/core'
import { createTestIssuer } from '@jobpass/testing'
import type { TestIssuer } from '@jobpass/testing'
import { fixtureOf, writtenFixture } from '../../packages/testing/src/fixtures/index.ts'
import type { AnyProvider } from '@jobpass/policy/built-in'
import type { Claims } from './read-token.ts'

/** The jobs of a platform, by what triggered them; the usual one first. */
export function jobsOf({ table }: AnyProvider): readonly string[] {
  return Object.keys(fixtureOf(table).triggers)
}

const issuers = new Map<string, Promise<TestIssuer<unknown>>>()

/** The claims of a job that asked for a token for this audience, where jobs can ask for one. */
export async function claimsOf(provider: AnyProvider, job: string, audience: string): Promise<Claims> {
  const issuer = issuers.get(provider.id) ?? createTestIssuer(provider)
  issuers.set(provider.id, issuer)
  const { fixedAudience } = provider.table
  const made = await issuer
  return made.claims(fixedAudience === undefined ? { aud: audience } : {}, { trigger: job as 'push' })
}

/** A rule that admits the usual job of a platform. */
export function sampleRule(provider: AnyProvider): RuleJson {
  const { issuer, rule } = writtenFixture(provider.id) ?? {}
  const make = provider.issuer === undefined ? provider.at(issuer) : provider
  return make(rule?.conditions, rule?.settings).toJSON()
}
