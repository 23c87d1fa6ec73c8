// Audiences that do not identify the receiver: those of every token of a platform, and those that
// platforms give by default.

import { describe, expect, test } from 'vitest'
import { claimsWith, clockAt, codeOf, fetchKeys, githubPush, now, signToken } from '@jobpass/testing/internal'
import type { ProviderTable } from '../table/provider-table.ts'
import { dnsLabel } from '../model/value-shape.ts'
import type { RuleSettings, TrustLookup, TrustRule, CompiledRule } from '../rule/rule.ts'
import type { VerdictEvent } from '../model/verdict-event.ts'
import type { VerifierOptions } from './options.ts'
import { createVerifier } from '../request/verifier.ts'
import { defineProvider } from '../provider/define-provider.ts'
import { githubActions, gitlab } from '../index.ts'
import { compiledRule } from '../rule/make-rule.ts'
import { defaultAudiencesOf } from './audiences.ts'

interface Untyped {
  (conditions: object, settings?: RuleSettings): TrustRule
  lookup(find: () => TrustRule | undefined, settings?: RuleSettings): TrustLookup
}

const define = (changes: Partial<ProviderTable>): Untyped =>
  (defineProvider as unknown as (table: object) => Untyped)({
    id: 'acme-ci',
    title: 'Acme CI',
    issuer: 'https://ci.acme.dev',
    algorithms: ['RS256'],
    claims: { team_id: 'id', plan: 'text' },
    identity: { ownerId: 'team_id' },
    pins: ['ownerId'],
    ...changes,
  })

const make = (trust: VerifierOptions['trust'], options: Partial<VerifierOptions> = {}): unknown =>
  createVerifier({ audience: 'https://api.acme.dev', trust, ...options })

describe('a platform whose tokens all have one audience', () => {
  const own = define({ fixedAudience: { audience: '{issuer}', maxTokenAge: 600 } })
  const sentence =
    'Acme CI gives each of its tokens the same audience, so that any service that a job calls can call here with its token: say so in the rule’s settings'

  test.each<[string, RuleSettings | undefined]>([
    ['no settings', undefined],
    ['only an audience', { audience: 'https://ci.acme.dev' }],
    ['only the acknowledgement', { sharedAudience: 'accepted' }],
  ])('a platform with a fixed audience needs an acknowledgement: refuses a rule with %s', (_, settings) => {
    const words = `${sentence.replace('’', "'")}, ({ … }, { audience: "https://ci.acme.dev", sharedAudience: 'accepted' })`
    expect(() => make(own({ ownerId: 'a' }, settings))).toThrow(new TypeError(words))
    expect(() => make(own.lookup(() => undefined, settings))).toThrow(new TypeError(words))
  })

  test('a rule for a platform with a fixed audience may acknowledge it', () => {
    const settings = { audience: 'https://ci.acme.dev', sharedAudience: 'accepted' } as const
    expect(() => make(own({ ownerId: 'a' }, settings))).not.toThrow()
    expect(() => make(own.lookup(() => undefined, settings))).not.toThrow()
  })

  test.each([
    [['https://api.acme.dev'], 'https://api.acme.dev'],
    [['https://ci.acme.dev', 'https://api.acme.dev'], 'https://api.acme.dev'],
    [['https://ci.acme.dev/'], 'https://ci.acme.dev/'],
  ])("refuses the audiences %j, one of which the platform's tokens never have", (audience, never) => {
    expect(() => make(own({ ownerId: 'a' }, { audience, sharedAudience: 'accepted' }))).toThrow(
      new TypeError(
        `Acme CI: its tokens have the audience "https://ci.acme.dev" and no other, never ${JSON.stringify(never)}`,
      ),
    )
  })

  test('takes any audience that a rule states where the table does not know it', () => {
    const unknown = define({ fixedAudience: { maxTokenAge: 600 } })
    expect(() =>
      make(unknown({ ownerId: 'a' }, { audience: 'urn:acme:plan', sharedAudience: 'accepted' })),
    ).not.toThrow()
    expect(() => make(unknown({ ownerId: 'a' }))).toThrow('{ audience: "the audience of your tokens", sharedAudience:')
  })

  test('a fixed audience differs for each tenant where the issuer is the tenant’s', () => {
    const tenants = define({
      issuer: 'https://{ownerId}.ci.acme.dev',
      shapes: { ownerId: dnsLabel },
      fixedAudience: { audience: '{host}', maxTokenAge: 600 },
    })
    const both = { ownerId: ['red', 'blue'] }
    const settings = { audience: ['red.ci.acme.dev', 'blue.ci.acme.dev'], sharedAudience: 'accepted' } as const
    expect(() => make(tenants(both, settings))).not.toThrow()
    expect(() => make(tenants({ ownerId: 'red' }, settings))).toThrow('never "blue.ci.acme.dev"')
    expect(() => make(tenants(both))).toThrow('{ audience: "red.ci.acme.dev", sharedAudience:')
  })

  test('tokens with a fixed audience are taken up to the age in the table, unless a rule sets another', async () => {
    const audience = 'https://ci.acme.dev'
    const claims = { iss: audience, sub: 'job', aud: audience, exp: now + 3000, team_id: 'a' }
    const codeFor = (trust: VerifierOptions['trust'], age: number): Promise<unknown> =>
      codeOf(
        createVerifier({ audience: 'https://api.acme.dev', trust, fetch: fetchKeys(), clock: clockAt(now) }).verify(
          signToken({ ...claims, iat: now - age }),
        ),
      )
    const known = { audience, sharedAudience: 'accepted' } as const
    const usual = own({ ownerId: 'a' }, known)
    const longer = own({ ownerId: 'b' }, { ...known, maxTokenAge: 3000 })
    // The age in the table, and thirty seconds of clock skew.
    expect(await codeFor(usual, 630)).toBe('allowed')
    expect(await codeFor(usual, 631)).toBe('token_too_old')
    // Another rule of the issuer takes older tokens, so that this rule is the one that refuses.
    expect(await codeFor([usual, longer], 630)).toBe('allowed')
    expect(await codeFor([usual, longer], 631)).toBe('workload_forbidden')
    expect(await codeFor(own({ ownerId: 'a' }, { ...known, maxTokenAge: 3000 }), 631)).toBe('allowed')
    const found = (settings: RuleSettings, rule: RuleSettings = {}): TrustLookup =>
      own.lookup(() => own({ ownerId: 'a' }, rule), settings)
    expect(await codeFor([found(known), longer], 630)).toBe('allowed')
    expect(await codeFor([found(known), longer], 631)).toBe('workload_forbidden')
    expect(await codeFor(found({ ...known, maxTokenAge: 3000 }), 631)).toBe('allowed')
    expect(await codeFor([found(known, { maxTokenAge: 3000 }), longer], 631)).toBe('allowed')
  })
})

describe('audiences that a platform gives by default', () => {
  const isDefault = (defaultAudiences: readonly string[], conditions: object): ((audience: string) => boolean) => {
    const rule = define({ defaultAudiences })(conditions)
    return defaultAudiencesOf([compiledRule(rule) as CompiledRule])
  }

  test.each<[string, object, string, boolean]>([
    ['{issuer}/x', { ownerId: 'a' }, 'https://ci.acme.dev/x', true],
    ['{origin}/*', { ownerId: 'a' }, 'https://ci.acme.dev/someone', true],
    ['{origin}/*', { ownerId: 'a' }, 'https://ci.acme.dev/someone/else', false],
    ['urn:{host}', { ownerId: 'a' }, 'urn:ci.acme.dev', true],
    ['urn:{host}', { ownerId: 'a' }, 'URN:CI.acme.dev', true],
    ['team:{ownerId}', { ownerId: 'red' }, 'team:red', true],
    ['team:{ownerId}', { ownerId: ['red', 'blue'] }, 'team:blue', true],
    ['team:{ownerId}', { ownerId: 'red' }, 'team:blue', false],
    ['team:{ownerId}', { ownerId: 'red' }, 'team:{ownerId}', false],
  ])('the default audience %s, with a rule for %j: %s: %s', (pattern, conditions, audience, expected) => {
    expect(isDefault([pattern], conditions)(audience)).toBe(expected)
    expect(isDefault(['urn:other', pattern], conditions)(audience)).toBe(expected)
  })

  test('default audiences name the tenant that a rule names only by the raw claim', () => {
    const audience = isDefault(['team:{ownerId}'], { claims: { team_id: 'red' } })
    expect([audience('team:red'), audience('team:blue')]).toEqual([true, false])
  })

  test('there are no default audiences where the table names none', () => {
    expect(isDefault([], { ownerId: 'a' })('https://ci.acme.dev')).toBe(false)
  })

  test('the hook learns that an audience is the default of the platform', async () => {
    const events: VerdictEvent[] = []
    const verifier = createVerifier({
      audience: 'https://api.acme.dev',
      trust: [githubActions({ ownerId: '1234567' }), gitlab({ ownerId: '99' })],
      fetch: fetchKeys(),
      clock: clockAt(now),
      onVerdict: (event) => void events.push(event),
    })
    await codeOf(verifier.verify(signToken(claimsWith(githubPush, { aud: 'https://github.com/acme' }))))
    await codeOf(verifier.verify(signToken(claimsWith(githubPush, { aud: 'https://gitlab.com' }))))
    expect(events).toMatchObject([
      {
        layer: 'token',
        allowed: false,
        code: 'audience_mismatch',
        hint: 'The audience is one the platform gives by default: the job asked for none.',
        unverified: { audience: ['https://github.com/acme'] },
      },
      {
        layer: 'token',
        allowed: false,
        code: 'audience_mismatch',
        unverified: { audience: ['https://gitlab.com'] },
      },
    ])
    expect(events[1]).not.toHaveProperty('hint')
  })

  test.each(['sts.amazonaws.com', 'API://azureadtokenexchange', 'https://github.com/acme'])(
    'refuses %s as the audience of an API, and says what to write',
    (audience) => {
      expect(() => make(githubActions({ ownerId: '1' }), { audience })).toThrow(
        new TypeError(
          `audience ${JSON.stringify(audience)} is one that platforms give by default or services share, so others could replay their tokens here: ` +
            `choose a name of this API, such as 'https://api.acme.dev', and have the jobs ask for it`,
        ),
      )
    },
  )
})
