import { describe, expect, test } from 'vitest'
import { readAws } from './aws.ts'
import { awsPattern, awsText } from './aws-text.ts'
import { any, one } from '../requirement.ts'

const host = 'token.actions.githubusercontent.com'
const provider = `arn:aws:iam::111122223333:oidc-provider/${host}`

const allow = (more: object = {}): object => ({
  Effect: 'Allow',
  Action: 'sts:AssumeRoleWithWebIdentity',
  Principal: { Federated: provider },
  Condition: { StringEquals: { [`${host}:repository`]: 'acme/shop' } },
  ...more,
})
const read = (...statements: readonly object[]) =>
  readAws(JSON.stringify({ Version: '2012-10-17', Statement: statements }))
const refusals = (...statements: readonly object[]): string =>
  read(...statements)
    .findings.filter(({ level }) => level === 'refused')
    .map(({ message }) => message)
    .join('\n')

describe('statements', () => {
  test('a grant is made for each provider of each statement that allows', () => {
    const { grants } = read(
      allow(),
      allow({ Principal: { Federated: [provider, provider.replace(host, 'gitlab.com')] } }),
    )
    expect(grants.map(({ issuer, where }) => [issuer, where])).toEqual([
      [`https://${host}`, 'Statement[0]'],
      [`https://${host}`, 'Statement[1]'],
      ['https://gitlab.com', 'Statement[1]'],
    ])
  })

  test('statements of other actions and effects make no grant', () => {
    expect(read(allow({ Action: 'sts:AssumeRole' })).grants).toEqual([])
    expect(read(allow({ Action: ['sts:TagSession', 'sts:AssumeRoleWith*'] })).grants).toHaveLength(1)
    expect(read(allow({ Action: undefined, NotAction: 'sts:TagSession' })).grants).toHaveLength(1)
    expect(read(allow({ Effect: 'Deny' })).grants).toEqual([])
  })

  test('the output of get-role names the set of rules', () => {
    const document = { Version: '2012-10-17', Statement: allow() }
    const { grants } = readAws(JSON.stringify({ Role: { RoleName: 'deploy', AssumeRolePolicyDocument: document } }))
    expect(grants.map(({ name }) => name)).toEqual(['deploy'])
  })

  test('a policy in YAML, as in a template of CloudFormation, is read too', () => {
    const text = `Version: 2012-10-17\nStatement:\n  - ${JSON.stringify(allow())}\n`
    expect(readAws(text).grants).toHaveLength(1)
  })

  test.each([
    ['any principal', allow({ Principal: '*' }), 'names no single provider'],
    ['a provider of SAML', allow({ Principal: { Federated: 'arn:aws:iam::1:saml-provider/x' } }), 'no OpenID Connect'],
    ['a fact of the request', allow({ Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } }), 'IpAddress'],
    ['a key of the request', allow({ Condition: { StringEquals: { 'aws:PrincipalTag/x': 'y' } } }), 'no claim'],
    [
      'a policy variable',
      allow({ Condition: { StringEquals: { [`${host}:sub`]: '${aws:userid}' } } }),
      'policy variable',
    ],
    ['a key that AWS lacks', allow({ Condition: { StringEquals: { [`${host}:event_name`]: 'push' } } }), 'no key'],
  ])('%s is refused', (_, statement, message) => {
    expect(refusals(statement)).toContain(message)
  })

  test('a statement that denies by something unknown denies everything', () => {
    const deny = allow({ Effect: 'Deny', Condition: { StringEquals: { 'aws:PrincipalTag/x': 'y' } } })
    const { grants } = read(allow(), deny)
    expect(JSON.stringify(grants[0]?.requirement)).toContain('{"any":[]}')
  })

  test('a statement that denies is the opposite of its condition: an absent claim passes it', () => {
    const deny = allow({ Effect: 'Deny', Condition: { StringEquals: { [`${host}:environment`]: 'x' } } })
    expect(read(allow(), deny).grants[0]?.requirement).toMatchObject({
      all: [{}, { any: [{ claim: ['environment'], negated: true, absentPasses: true }] }],
    })
    const only = allow({ Effect: 'Deny', Condition: { StringNotEquals: { [`${host}:environment`]: 'x' } } })
    expect(read(allow(), only).grants[0]?.requirement).toMatchObject({
      all: [{}, { any: [{ claim: ['environment'], negated: false, absentPasses: false }] }],
    })
  })

  test.each([['*'], [{ AWS: '*' }], [{ Federated: provider }]])(
    'a statement that denies %j concerns tokens',
    (Principal) => {
      const deny = allow({ Effect: 'Deny', Principal, Condition: undefined })
      expect(JSON.stringify(read(allow(), deny).grants[0]?.requirement)).toContain('{"any":[]}')
      const other = allow({ Effect: 'Deny', Principal: { Federated: 'arn:aws:iam::1:oidc-provider/gitlab.com' } })
      expect(JSON.stringify(read(allow(), other).grants[0]?.requirement)).not.toContain('{"any":[]}')
    },
  )

  test('a star in an operator that takes no patterns is noted', () => {
    const { findings } = read(allow({ Condition: { StringEquals: { [`${host}:sub`]: 'repo:acme/shop:*' } } }))
    expect(findings.map(({ level }) => level)).toEqual(['note'])
  })

  test.each(['[]', '{}', '{"Statement": []}', '{"Statement": [1]}', '{"Statement": ', '{"a": 1, "a": 2}'])(
    'the text %s is no policy',
    (text) => {
      expect(() => readAws(text)).toThrow(TypeError)
    },
  )
})

describe('values', () => {
  test('variables for characters are these characters, in documents of 2012', () => {
    expect(awsText('a${*}b${?}${$}', true)).toBe('a*b?$')
    expect(awsText('a${*}', false)).toBe('a${*}')
    expect(awsText('${aws:userid}', true)).toBeUndefined()
    expect(awsPattern('a*${*}?', true)).toEqual(['a', any, '*', one])
    expect(awsPattern('a${*}', false)).toEqual(['a${', any, '}'])
    expect(awsPattern('${aws:userid}*', true)).toBeUndefined()
  })
})
