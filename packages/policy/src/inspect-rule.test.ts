import { notExchanged, viaExchange } from '@jobpass/exchange'
import { expect, test } from 'vitest'
import { anyEvent, circleci, githubActions, oneTime, reportOnly } from '@jobpass/core'
import { inspectRule } from './inspect-rule.ts'

const issuer = 'https://token.actions.githubusercontent.com'
const ofIssuer = { field: 'issuer', operator: 'oneOf', expected: [issuer], pin: true }
const ofOwner = { field: 'ownerId', operator: 'equals', expected: '1', pin: true }

test('inspectRule lists all facts of a rule, without its code', () => {
  const rule = githubActions({ ownerId: '1', event: anyEvent(), where: () => true }, { maxTokenAge: 60 })
  expect(inspectRule(rule)).toStrictEqual({
    effect: 'allow',
    reports: false,
    uses: 'any',
    job: undefined,
    forServiceTokens: false,
    provider: 'github-actions',
    table: githubActions.table,
    issuers: [issuer],
    checks: [
      ofIssuer,
      ofOwner,
      { field: 'tokenAge', operator: 'atMost', expected: 60, pin: false },
      { field: 'where', operator: 'where', expected: true, pin: false },
    ],
    settings: expect.objectContaining({ maxTokenAge: 60 }) as object,
    hasCode: true,
    anyEvent: true,
    pinnedById: true,
    source: undefined,
  })
})

test('inspectRule says of a report-only rule that it reports, and that names are no ids', () => {
  expect(inspectRule(reportOnly(githubActions({ owner: 'acme' })))).toMatchObject({
    effect: 'allow',
    reports: true,
    hasCode: false,
    anyEvent: false,
    pinnedById: false,
  })
})

test('inspectRule says whom a deny rule denies', () => {
  const ownerId = '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22'
  expect(inspectRule(circleci.deny({ ownerId }))).toMatchObject({
    effect: 'deny',
    reports: false,
    issuers: undefined,
    checks: [{ field: 'ownerId', operator: 'equals', expected: ownerId, pin: true }],
  })
})

test('S12: inspectRule looks into every wrapper of a rule', () => {
  const rule = githubActions({ ownerId: '1' })
  const exchanged = viaExchange(rule, { scope: 'deploy' })
  expect(inspectRule(oneTime(rule))).toEqual({ ...inspectRule(rule), uses: 'one' })
  expect(inspectRule(notExchanged(rule))).toEqual({ ...inspectRule(rule), uses: 'unexchanged' })
  expect(inspectRule(exchanged)).toMatchObject({
    provider: 'service-token',
    forServiceTokens: true,
    uses: 'any',
    job: inspectRule(rule),
  })
  expect(inspectRule(oneTime(exchanged))).toMatchObject({ uses: 'one', job: inspectRule(rule) })
  expect(inspectRule(reportOnly(exchanged)).job).toEqual({ ...inspectRule(rule), reports: true })
})

test('inspectRule says where keys come from', () => {
  const jwksUri = 'https://keys.acme.dev/jwks'
  const rule = githubActions.at('https://git.acme.dev/_services/token', { jwksUri })({ ownerId: '1' })
  expect(inspectRule(rule).source).toMatchObject({ jwksUri })
})

test.each([
  ['a provider', githubActions],
  ['a look-up', githubActions.lookup(() => undefined)],
  ['JSON', githubActions({ ownerId: '1' }).toJSON()],
  ['nothing', undefined],
])('inspectRule throws for %s', (_, value) => {
  expect(() => inspectRule(value)).toThrow(TypeError)
  expect(() => inspectRule(value)).toThrow('inspectRule() takes a rule made by calling a provider, not')
})
