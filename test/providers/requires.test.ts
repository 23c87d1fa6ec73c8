// Tables are as strict as their vendors' documentation: of malformed, unknown and absent optional
// claims, only malformed ones cause a refusal. Required claims have a reason. Checked for every
// table.

import type { ClaimRows, RequiredClaims } from '@jobpass/core/internal'
import { anyEvent, createVerifier, present, WorkloadAuthError } from '@jobpass/core'
import type { AnyWorkload, TrustRule } from '@jobpass/core'
import { createTestIssuer } from '@jobpass/testing'
import type { TestIssuer } from '@jobpass/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Preset } from './presets.ts'
import { presets } from './presets.ts'

const audience = 'https://api.acme.dev'
const now = 1_795_166_100
const clock = { now: () => now * 1000, after: () => () => {} }

type Path = readonly string[]

/** Every claim, nested ones with their parents, and whether the table requires it. */
function claimsOf(
  rows: ClaimRows,
  requires: RequiredClaims | string = {},
): readonly { path: Path; required: boolean }[] {
  return Object.entries(rows).flatMap(([name, row]) => {
    if (name.endsWith('*')) return []
    const reason = typeof requires === 'object' && Object.hasOwn(requires, name) ? requires[name] : undefined
    const nested = typeof row === 'object' && !Array.isArray(row) ? claimsOf(row as ClaimRows, reason ?? {}) : []
    return [
      { path: [name], required: reason !== undefined },
      ...nested.map((inner) => ({ ...inner, path: [name, ...inner.path] })),
    ]
  })
}

const reasonsOf = (requires: RequiredClaims): readonly string[] =>
  Object.values(requires).flatMap((reason) => (typeof reason === 'string' ? [reason] : reasonsOf(reason)))

const at = (claims: unknown, path: Path): unknown =>
  path.reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], claims)

/** The same claims with another value at a path. */
function put(claims: Readonly<Record<string, unknown>>, [name = '', ...rest]: Path, value: unknown): object {
  const inner = rest.length === 0 ? value : put(claims[name] as Record<string, unknown>, rest, value)
  return { ...claims, [name]: inner }
}

/**
 * Claims of which a table needs one or the other, where `validate` decides by the rest of the
 * token.
 */
const proofs: Readonly<Record<string, readonly string[]>> = {
  // A person's token names an application as azp; an account's token names the account, by number
  // or verified address.
  'google-cloud': ['email', 'email_verified'],
  // Plan or apply: by one claim in a run of a workspace, by the other in a stack.
  'hcp-terraform': ['terraform_run_phase', 'terraform_operation'],
}

/** The fields of a caller, without the claims. */
function fieldsOf(read: AnyWorkload | string): unknown {
  if (typeof read === 'string') return read
  const { claims: _, ...fields } = read
  return { ...fields, branch: read.branch, tag: read.tag }
}

/** The same value, or none: a proof of a branch may be missing, and a missing claim proves none. */
const lessOf = (whole: string | undefined): unknown =>
  whole === undefined ? undefined : expect.toSatisfy((value: unknown) => value === undefined || value === whole)

describe.each(presets)('kind 1 of reality: $provider.title', ({ provider, bound, fixture }: Preset) => {
  const { table } = provider
  const { conditions, settings } = fixture.rule
  const aud = table.fixedAudience === undefined ? { aud: audience } : {}
  const tenant = /\{(\w+)\}/.exec(table.issuer ?? '')?.[1]
  const pins = Object.entries(conditions).filter(([field]) => table.pins.includes(field) || field === tenant)
  const marks = (table.untrustedWhen ?? []).reduce<object[]>(
    (sets, field) => [...sets, ...sets.map((set) => ({ ...set, [field]: present() }))],
    [{}],
  )
  const pinned = table.issuer === undefined ? {} : Object.fromEntries(pins)
  const any = table.issuer === undefined ? { ...settings, anyWorkload: true } : settings
  const widest: TrustRule<never>[] = marks.map((set) =>
    bound({ ...pinned, ...(table.trustedEvents && { event: anyEvent() }), ...set }, any),
  )
  let issuer: TestIssuer<AnyWorkload>
  beforeAll(async () => {
    issuer = await createTestIssuer(bound, { clock })
  })
  const read = async (claims: object, trigger: string): Promise<AnyWorkload | string> => {
    const verifier = createVerifier({ audience, trust: widest, fetch: issuer.fetch, clock })
    const token = await issuer.mint({ ...claims, ...aud }, { issuedAt: now, trigger: trigger as never })
    return verifier.verify(token).then(
      (workload) => workload as AnyWorkload,
      (error: unknown) => (error instanceof WorkloadAuthError ? error.code : String(error)),
    )
  }
  // Registered claims (RFC 7519) are checked for every provider, before the table.
  const all = claimsOf(table.claims, table.requiredClaims).filter(({ path }) => path[0] !== 'sub' && path[0] !== 'jti')
  /**
   * The documented jobs that the widest rule admits, each with the claims of its table that it has.
   */
  const jobs = Object.keys(fixture.identities).map((trigger) => ({
    trigger,
    sent: () => issuer.claims({}, { trigger: trigger as never }),
  }))

  test('each required claim has a reason of several words', () => {
    for (const reason of reasonsOf(table.requiredClaims ?? {})) expect(reason.split(' ').length).toBeGreaterThan(2)
  })

  test.each(jobs)('a job without an optional claim yields the same workload without it: $trigger', async (job) => {
    const sent = job.sent()
    const whole = (await read({}, job.trigger)) as AnyWorkload
    for (const { path } of all.filter(({ path, required }) => !required && at(sent, path) !== undefined)) {
      const without = async (value: unknown): Promise<unknown> =>
        fieldsOf(await read(put(sent, path, value), job.trigger))
      const missing = await without(undefined)
      // A rule that names the claim does not match; the token is still accepted, unless the claim
      // is part of a proof.
      if (typeof missing === 'string')
        expect(missing, path.join('.')).toBe(
          proofs[provider.id]?.includes(path.join('.')) ? 'claims_invalid' : 'workload_forbidden',
        )
      else expect(missing, path.join('.')).toMatchObject({ branch: lessOf(whole.branch), tag: lessOf(whole.tag) })
      for (const text of Object.values(missing as object).filter((value) => typeof value === 'string'))
        expect(text, path.join('.')).not.toMatch(/undefined|null/)
      expect(await without(null), path.join('.')).toEqual(missing)
      expect(await without(''), path.join('.')).toEqual(missing)
    }
  })

  test.each(jobs)('a job without any one required claim is refused: $trigger', async (job) => {
    const sent = job.sent()
    for (const { path } of all.filter(({ required }) => required))
      expect(await read(put(sent, path, undefined), job.trigger), path.join('.')).toBe('claims_invalid')
  })

  test.each(jobs)('a claim of a wrong type is refused, and an unknown claim is not: $trigger', async (job) => {
    const sent = job.sent()
    for (const { path } of all.filter(({ path }) => at(sent, path) !== undefined))
      expect(await read(put(sent, path, [[7]]), job.trigger), path.join('.')).toBe('claims_invalid')
    expect(await read({ a_claim_of_next_year: { of: ['any', 7] } }, job.trigger)).toMatchObject({
      provider: provider.id,
    })
  })
})
