// Which tokens become an identity, and which do not.

import { describe, expect, test } from 'vitest'
import { clockAt, codeOf, fetchKeys, now, signToken } from '@jobpass/testing/internal'
import type { AnyWorkload } from '../model/workload.ts'
import type { ProviderTable } from '../table/provider-table.ts'
import { slug } from '../model/value-shape.ts'
import type { TrustRule } from '../rule/rule.ts'
import type { VerdictEvent } from '../model/verdict-event.ts'
import type { VerifierOptions } from '../config/options.ts'
import { createVerifier } from '../request/verifier.ts'
import { defineProvider } from '../provider/define-provider.ts'

const audience = 'https://api.acme.dev'

function make(trust: VerifierOptions['trust']): {
  readonly verify: (text: string) => Promise<AnyWorkload>
  readonly events: VerdictEvent[]
  readonly warnings: string[]
} {
  const events: VerdictEvent[] = []
  const warnings: string[] = []
  const verifier = createVerifier({
    audience,
    trust,
    fetch: fetchKeys(),
    clock: clockAt(now),
    onVerdict: (event) => void events.push(event),
    onWarning: (message) => void warnings.push(message),
    cache: false,
  })
  return { verify: (text) => verifier.verify(text), events, warnings }
}

type Untyped = ((conditions: object) => TrustRule) & { at(issuer: string): (conditions: object) => TrustRule }
const define = (changes: Partial<ProviderTable>): Untyped =>
  (defineProvider as unknown as (table: object) => Untyped)({
    id: 'acme-ci',
    title: 'Acme CI',
    issuer: 'https://ci.acme.dev',
    algorithms: ['RS256'],
    claims: { team_id: 'id', team: 'name', repo_id: 'id' },
    identity: { ownerId: 'team_id', owner: 'team', repositoryId: 'repo_id' },
    pins: ['ownerId', 'owner'],
    ...changes,
  })
const claims = { iss: 'https://ci.acme.dev', sub: 'job', aud: audience, iat: now - 5, exp: now + 300, team: 'red' }

describe('keys for databases', () => {
  test('a database key is the issuer and the id, joined by a character that no issuer has', async () => {
    const { verify } = make(define({})({ owner: 'red' }))
    expect(await verify(signToken({ ...claims, team_id: '7', repo_id: '8' }))).toMatchObject({
      ownerKey: 'https://ci.acme.dev#7',
      repositoryKey: 'https://ci.acme.dev#8',
    })
  })

  test('a database key is undefined without an id', async () => {
    const workload = await make(define({})({ owner: 'red' })).verify(signToken(claims))
    expect([workload.ownerKey, workload.repositoryKey]).toEqual([undefined, undefined])
  })
})

test('an identity has no database key if its provider has no id field', async () => {
  const workload = await make(
    define({ claims: { team: 'name' }, identity: { owner: 'team' }, pins: ['owner'] })({ owner: 'red' }),
  ).verify(signToken(claims))
  expect('ownerKey' in workload || 'repositoryKey' in workload).toBe(false)
})

test('the token of a self-hosted server becomes an identity', async () => {
  const hosted = defineProvider({
    id: 'hosted',
    title: 'Hosted',
    algorithms: ['RS256'],
    claims: { team: 'name' },
    identity: { owner: 'team' },
    pins: [],
  })
  const { verify } = make(hosted.at('https://ci.acme.dev')({ owner: 'red' }))
  expect(await verify(signToken(claims))).toMatchObject({
    provider: 'hosted',
    issuer: 'https://ci.acme.dev',
    owner: 'red',
  })
})

describe('claims that contradict each other', () => {
  const unverified = {
    issuer: 'https://ci.acme.dev',
    subject: 'job',
    audience: ['https://api.acme.dev'],
    keyId: 'k1',
    algorithm: 'RS256',
  }
  test.each<[string, Partial<ProviderTable>, object]>([
    ['reported by validate', { validate: () => 'team' }, { claim: 'team' }],
    [
      'that make validate throw, which is reported without the claims',
      {
        validate: () => {
          throw new Error('red')
        },
      },
      {},
    ],
  ])('contradictory claims, %s, are refused', async (_, changes, more) => {
    const { verify, events, warnings } = make(define(changes)({ owner: 'red' }))
    expect(await codeOf(verify(signToken(claims)))).toBe('claims_invalid')
    expect(events).toStrictEqual([{ layer: 'token', allowed: false, code: 'claims_invalid', unverified, ...more }])
    expect(warnings).toEqual(
      'claim' in more ? [] : ['A function in the table of Acme CI threw on the claims of a verified token'],
    )
  })

  test('claims are accepted if validate finds no contradiction', async () => {
    const { verify } = make(define({ validate: () => undefined })({ owner: 'red' }))
    expect(await codeOf(verify(signToken(claims)))).toBe('allowed')
  })
})

describe('the issuer of a tenant vouches for that tenant only', () => {
  const tenants = define({ issuer: 'https://ci.acme.dev/{ownerId}', shapes: { ownerId: slug } })
  const ofIssuer = (iss: string, team: unknown): string => signToken({ ...claims, iss, team_id: team })

  test('the issuer of one tenant cannot name another, even if a rule lists both', async () => {
    const { verify, events } = make(tenants({ ownerId: ['red', 'blue'] }))
    expect(await codeOf(verify(ofIssuer('https://ci.acme.dev/red', 'red')))).toBe('allowed')
    expect(await codeOf(verify(ofIssuer('https://ci.acme.dev/red', 'blue')))).toBe('claims_invalid')
    expect(events[1]).toMatchObject({ layer: 'token', allowed: false, code: 'claims_invalid', claim: 'iss' })
  })

  test.each(['$&', 'red$&', "red$'", '$`red', 'red$$'])(
    'the issuer of a tenant does not match a tenant with replacement patterns: %s',
    async (team) => {
      const { verify, events } = make(tenants({ ownerId: 'red' }))
      expect(await codeOf(verify(ofIssuer('https://ci.acme.dev/red', team)))).toBe('claims_invalid')
      expect(events[0]?.claim).toBe('iss')
    },
  )

  test('a shared issuer vouches for all tenants of the rule', async () => {
    const { verify } = make(tenants.at('https://ci.acme.dev')({ ownerId: ['red', 'blue'] }))
    expect((await verify(ofIssuer('https://ci.acme.dev', 'red'))).ownerId).toBe('red')
    expect((await verify(ofIssuer('https://ci.acme.dev', 'blue'))).ownerId).toBe('blue')
  })
})
