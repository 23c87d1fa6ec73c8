// R16: an id that a JSON or YAML parser read as a number may have changed. Messages do not repeat
// such a number as if it were the spelling; they say that digits are lost, and that the value
// belongs in quotes.

import { describe, expect, test } from 'vitest'
import { azureDevops, circleci, githubActions, gitlab, kubernetes } from '../index.ts'
import { createVerifier } from '../request/verifier.ts'
import { not } from './condition.ts'
import { parseRule } from '../provider/parse-rule.ts'

type Take = (value: never) => unknown

// The numbers that a parser makes of 709e7420, 12345678901234567890, 7e21 and 1.10.
const lost = ['709e7420', '12345678901234567890', '7e21', '1.10'].map((written) => [written, Number(written)] as const)

const json = { provider: 'gitlab', issuer: 'https://gitlab.com', ownerId: '99' }
const github = { ownerId: '1' }

/** Each place where core takes text of a rule or issuer. */
const places: readonly (readonly [string, Take])[] = [
  ['an id', (ownerId) => githubActions({ ownerId })],
  ['an id in a list', (ownerId) => githubActions({ ownerId: ['1', ownerId] })],
  ['an id under not()', (repositoryId) => githubActions({ ...github, repositoryId: not(repositoryId) })],
  ['a name', (repository) => githubActions({ repository })],
  ['a claim', (value) => githubActions({ ...github, claims: { run_id: value } })],
  [
    'a nested claim',
    (value) => kubernetes.at('https://k8s.acme.dev')({ claims: { 'kubernetes.io': { namespace: value } } }),
  ],
  ['the id that chooses the issuer', (ownerId) => circleci({ ownerId })],
  ['one of the ids that choose the issuer', (ownerId) => azureDevops({ ownerId: [ownerId] })],
  ['an id of a deny rule', (ownerId) => gitlab.deny({ ownerId })],
  ['the provider of a rule in JSON', (provider) => parseRule({ ...json, provider }, [gitlab])],
  ['the issuer of a rule in JSON', (issuer) => parseRule({ ...json, issuer }, [gitlab])],
  [
    'the issuer of a rule in JSON, for a provider that is bound',
    (issuer) => parseRule({ ...json, issuer }, [gitlab.at('https://gitlab.acme.dev')]),
  ],
  ['one of the issuers of a rule in JSON', (issuer) => parseRule({ ...json, issuer: [issuer] }, [gitlab])],
  ['an id of a rule in JSON', (ownerId) => parseRule({ ...json, ownerId }, [gitlab])],
  ['an issuer', (issuer) => gitlab.at(issuer)],
  ['an audience of a rule', (audience) => githubActions(github, { audience })],
  ['one of the audiences of a rule', (audience) => githubActions(github, { audience: ['https://a.dev', audience] })],
  ['an audience', (audience) => createVerifier({ audience, trust: githubActions(github) })],
]

const messageOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    if (error instanceof TypeError) return error.message
    throw error
  }
  throw new Error('nothing was thrown')
}

describe.each(places)('R16: %s', (_, take) => {
  test.each(lost)('R16: a number that lost digits is not repeated: %s', (_written, value) => {
    const message = messageOf(() => take(value as never))
    expect(message).toContain('quote it where it is written: as a number it has lost its digits')
    expect(message).not.toContain(String(value))
  })

  test('R16: a number that kept its digits is repeated in quotes', () => {
    expect(messageOf(() => take(74_205_118 as never))).toContain("quote it, '74205118'")
  })
})
