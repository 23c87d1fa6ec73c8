// R9: an issuer also signs tokens that are not of jobs. They are refused, and the operator (not
// the caller) sees which token was sent and what the job must do instead.

import type { OtherToken } from '@jobpass/core/internal'
import { readFileSync } from 'node:fs'
import { createVerifier, explain, WorkloadAuthError } from '@jobpass/core'
import type { VerdictEvent } from '@jobpass/core'
import { createTestIssuer } from '@jobpass/testing'
import { describe, expect, test } from 'vitest'
import type { Preset } from './presets.ts'
import { presets } from './presets.ts'

const othersOf = ({ provider }: Preset): readonly OtherToken[] => provider.table.otherTokens ?? []
const withOthers = presets.filter((preset) => othersOf(preset).length > 0)

interface Refused {
  readonly event: VerdictEvent
  readonly error: WorkloadAuthError
}

/**
 * Sends a token of the preset's issuer that must be refused; returns the reports of the hook and of
 * the caller.
 */
async function refused({ bound, provider, fixture }: Preset, claims: object, trigger?: string): Promise<Refused> {
  const { conditions, settings } = fixture.rule
  const issuer = await createTestIssuer(bound)
  const events: VerdictEvent[] = []
  const verifier = createVerifier({
    audience: 'https://api.acme.dev',
    trust: bound(conditions, settings),
    fetch: issuer.fetch,
    onVerdict: (event) => void events.push(event),
  })
  const aud = provider.table.fixedAudience === undefined ? { aud: 'https://api.acme.dev' } : {}
  const token = await issuer.mint({ ...aud, ...claims }, trigger === undefined ? {} : { trigger: trigger as never })
  const error: unknown = await verifier.verify(token).catch((reason: unknown) => reason)
  if (!(error instanceof WorkloadAuthError)) throw new Error('the token was accepted')
  return { event: events[0] as VerdictEvent, error }
}

/** The claim that identifies such a token, put into the token of a job. */
const signOf = ({ claim, like }: OtherToken): object => ({ [claim]: like?.replace('*', 'x') })

test("R9: Azure DevOps: a service connection's token is recognised by its subject", async () => {
  const preset = presets.find(({ provider }) => provider.id === 'azure-devops') as Preset
  const { event } = await refused(preset, {}, 'service_connection')
  expect(event).toMatchObject({ code: 'claims_invalid', claim: 'org_id' })
  expect(explain(event)).toContain(
    'The claim is "org_id". The token is of a service connection, and names no pipeline run. Leave serviceConnectionId out',
  )
})

test('R9: a table that requires a claim because another kind of token lacks it describes that kind', () => {
  const reasons = ({ provider }: Preset): string => JSON.stringify(provider.table.requiredClaims ?? {})
  const keepOut = presets.filter((preset) => /token[^"]* has none/.test(reasons(preset)))
  expect(keepOut.map(({ provider }) => provider.id)).toContain('azure-devops')
  expect(keepOut.filter((preset) => othersOf(preset).length === 0).map(({ provider }) => provider.id)).toEqual([])
})

const strangers = presets.flatMap((preset) =>
  preset.fixture.nearMisses
    .filter(({ trigger, code }) => code === 'claims_invalid' && trigger !== undefined)
    .filter(({ trigger }) => !Object.hasOwn(preset.fixture.identities, trigger as string))
    .map(({ what, trigger }) => ({ title: preset.provider.title, what, trigger: trigger as string, preset })),
)

test.each(strangers)('R9: $title: the hook sees what the token of $what is', async ({ preset, trigger }) => {
  const { event } = await refused(preset, {}, trigger)
  expect(othersOf(preset).map(({ hint }) => hint)).toContain(event.hint)
})

describe.each(withOthers)('R9: $provider.title', (preset) => {
  test.each(othersOf(preset))('R9: another token is recognised by $claim, for the operator only', async (other) => {
    const { event, error } = await refused(preset, signOf(other))
    expect(event).toMatchObject({ layer: 'token', code: 'claims_invalid', hint: other.hint })
    expect(explain(event)).toContain(other.hint)
    expect(JSON.stringify([error, error.message])).not.toContain(other.hint)
  })

  test('R9: a broken token of a job is not mistaken for another kind', async () => {
    const { event } = await refused(preset, { sub: undefined })
    expect(event.code).toBe('claims_invalid')
    expect(event.hint).toBeUndefined()
  })

  test('R9: the page shows each kind of token', () => {
    const page = readFileSync(new URL(`../../docs/providers/${preset.provider.id}.md`, import.meta.url), 'utf8')
    for (const { hint } of othersOf(preset)) expect(page.replaceAll('\\_', '_')).toContain(hint)
  })
})
