// A table that contradicts itself is refused by name when it is compiled.

import { describe, expect, test } from 'vitest'
import { compileChecked } from './validate-table.ts'
import * as providers from '../providers/index.ts'
import type { ProviderTable } from './provider-table.ts'

const compile = (changes: object = {}): unknown =>
  compileChecked({
    id: 'acme-ci',
    title: 'Acme CI',
    issuer: 'https://ci.acme.dev',
    algorithms: ['RS256'],
    claims: { team_id: 'id', ref: 'text', trigger: 'text', 'prop_*': 'text', who: 'text' },
    identity: { ownerId: 'team_id', ref: 'ref', event: 'trigger', actor: 'who' },
    pins: ['ownerId'],
    trustedEvents: ['push'],
    ...changes,
  } as unknown as ProviderTable)

const needed = { version: 'Acme CI 2.1', reason: 'A job can name another one.', advisory: 'https://acme.dev/a1' }
const other = { claim: 'sub', like: 'user:*', hint: 'The token is of a person.' }
const template = 'https://{ownerId}.ci.acme.dev'

describe('a table', () => {
  test.each<[string, object]>([
    ['as it is', {}],
    ['with an opt-in claim', { optInClaims: { ref: 'ask for it' } }],
    ['with an unsupported field that it does not have', { unsupported: { branch: 'nothing proves one' } }],
    ['with attacker-controlled claims', { attackerControlled: ['ref', 'prop_color'] }],
    ['with fields that mark a run', { untrustedWhen: ['ref'] }],
    ['with a field that needs another, or one of several', { requires: { ref: 'ownerId', event: ['ref', 'ownerId'] } }],
    ['with fields that a suggestion names', { suggestedFields: ['ref'] }],
    ['with times', { lifetime: { usual: 1, max: 604_800 }, fixedAudience: { maxTokenAge: 86_400 } }],
    ['with the shortest times', { lifetime: { usual: 1, max: 1 }, fixedAudience: { maxTokenAge: 1 } }],
    ['with an issuer for each tenant', { issuer: template, shapes: { ownerId: 'dns-label' } }],
    ['with an issuer for each tenant, and no more pins', { issuer: template, shapes: { ownerId: 'uuid' }, pins: [] }],
    ['of elliptic curves', { algorithms: ['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'] }],
    [
      'with other tokens of its issuer',
      { requiredClaims: { team_id: 'pins' }, otherTokens: [other, { claim: 'team_id', hint: 'x.' }] },
    ],
    ['with a version that it needs', { minimumVersion: needed }],
    ['with several versions that it needs', { minimumVersion: [needed, { ...needed, version: 'Agent 7' }] }],
    ['of RSA', { algorithms: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] }],
  ])('accepts a table %s', (_, changes) => {
    expect(() => compile(changes)).not.toThrow()
  })

  const what = 'The table of "acme-ci"'
  const urlShapes = 'uuid, braced-uuid, dns-label, slug, url-safe, digits'
  const shapes = `${urlShapes}, commit, name, group, owner/name, group/name, host/owner/name, ref, ref-name, workflow, called-workflow, workflow-file, called-file, config-file`
  test.each<[string, object, string]>([
    [
      'an opt-in claim for a missing field',
      { optInClaims: { branch: 'x' } },
      `${what} says how to ask for 'branch', which its identity does not have`,
    ],
    [
      'an unsupported field that it has',
      { unsupported: { ref: 'x' } },
      `${what} says that 'ref' is unsupported, but its identity has it`,
    ],
    [
      'an attacker-controlled claim that it does not have',
      { attackerControlled: ['ref', 'refs'] },
      `${what}: attackerControlled names 'refs', which is no claim`,
    ],
    [
      'a mark that is not a rule key',
      { untrustedWhen: ['actor'] },
      `${what} cannot use 'actor', which is not a rule key`,
    ],
    [
      'a missing field to suggest',
      { suggestedFields: ['branch'] },
      `${what} names a field 'branch' that its identity does not have`,
    ],
    [
      'the shape of a missing field',
      { shapes: { branch: 'slug' } },
      `${what} names a field 'branch' that its identity does not have`,
    ],
    [
      'an unknown shape',
      { shapes: { ref: 'constructor' } },
      `${what}: the shape of 'ref' is "constructor", but must be one of ${shapes}`,
    ],
    [
      'a tenant without a shape',
      { issuer: template },
      `${what} puts 'ownerId' into its issuer, and must say what it looks like: shapes: { ownerId: … }, one of ${urlShapes}`,
    ],
    [
      'a tenant of a shape that may hold a slash',
      { issuer: template, shapes: { ownerId: 'group' } },
      `${what} puts 'ownerId' into its issuer, and must say what it looks like: shapes: { ownerId: … }, one of ${urlShapes}`,
    ],
    [
      'temporary branches of a missing field',
      { temporaryBranches: { 'queue/': 'mergeQueue' } },
      `${what} has temporaryBranches for 'mergeQueue', which its identity does not have`,
    ],
    ['two tenants', { issuer: 'https://{ownerId}.acme.dev/{ref}' }, `${what}: an issuer template has one tenant field`],
    [
      'no pins at a shared issuer',
      { pins: [] },
      `${what} has a shared issuer and no pins: name the fields that identify a tenant`,
    ],
    [
      'no trusted event',
      { trustedEvents: [] },
      `${what} has an event and must list its trustedEvents: those that need write access`,
    ],
    [
      'trusted events without an event',
      { identity: { ownerId: 'team_id' } },
      `${what} lists trustedEvents, but its identity has no event`,
    ],
    [
      'a reserved field name',
      { identity: { ownerId: 'team_id', where: 'ref' } },
      `${what}: the field 'where' is reserved; choose another name`,
    ],
    ...(
      [
        ['no version at all', [], ' is empty: leave it out, or write { version, reason, advisory }'],
        ['a version that is text', '2.1', ' must be an object, not text of 3 characters'],
        ['a version without its number', { ...needed, version: ' ' }, ' needs version as text, not " "'],
        ['a version that is a number', { ...needed, version: 2.1 }, ' needs version as text, not 2.1'],
        [
          'a reason that is no sentence',
          [needed, { ...needed, reason: 'forgeable' }],
          ': the reason is a sentence with a full stop, not "forgeable"',
        ],
        [
          'an advisory without TLS',
          { ...needed, advisory: 'http://acme.dev/a1' },
          ': advisory must be an https: URL without user info, not "http://acme.dev/a1"',
        ],
        ['an advisory under another name', { ...needed, url: 'x' }, " has no 'url'. Known: version, reason, advisory"],
      ] as const
    ).map(([title, minimumVersion, rest]): [string, object, string] => [
      title,
      { minimumVersion },
      `${what}: minimumVersion${rest}`,
    ]),
    ...(
      [
        ['other tokens that are no list', other, ' must be a list, not an object'],
        ['another token by no claim', [{ ...other, claim: 'team' }], ' names "team", which is no claim'],
        [
          'another token by a claim that jobs may lack',
          [{ claim: 'ref', hint: 'x.' }],
          `: tokens of jobs may lack "ref" too; require it, or write like: 'prefix*'`,
        ],
        [
          'another token by the lack of a subject',
          [{ claim: 'sub', hint: 'x.' }],
          `: tokens of jobs may lack "sub" too; require it, or write like: 'prefix*'`,
        ],
        ['another token by an exact value', [{ ...other, like: 'x' }], `: like is text with one '*', not "x"`],
        ['another token by two wildcards', [{ ...other, like: '*x*' }], `: like is text with one '*', not "*x*"`],
        [
          'another token without a sentence',
          [{ ...other, hint: 'a person' }],
          ': the hint is a sentence with a full stop, not "a person"',
        ],
      ] as const
    ).map(([title, otherTokens, rest]): [string, object, string] => [
      title,
      { otherTokens },
      `${what}: otherTokens${rest}`,
    ]),
    ['no claims', { claims: 'team_id' }, `${what} needs claims`],
    ['no identity', { identity: 'team_id' }, `${what} needs identity`],
    ['no pins', { pins: 'ownerId' }, `${what} needs pins`],
    ['no algorithms', { algorithms: [] }, `${what} needs algorithms`],
    [
      'an audience that is added, and not given by default',
      { appendedAudience: () => 'ci' },
      `${what} has an appendedAudience, which is one of its defaultAudiences: list them`,
    ],
    ['an id that is not text', { id: 7 }, 'A provider table needs an id'],
    [
      'a shared secret',
      { algorithms: ['RS256', 'HS256'] },
      `${what}: "HS256" is not a supported signature algorithm: RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519`,
    ],
  ])('refuses a table with %s', (_, changes, message) => {
    expect(() => compile(changes)).toThrow(new TypeError(message))
  })

  test.each<[string, object]>([
    ['lifetime.max', { lifetime: { max: 604_801 } }],
    ['lifetime.usual', { lifetime: { usual: 0 } }],
    ['fixedAudience.maxTokenAge', { fixedAudience: { maxTokenAge: 86_401 } }],
    ['fixedAudience.maxTokenAge', { fixedAudience: { audience: 'x' } }],
  ])('refuses a table whose %s is out of range', (name, changes) => {
    expect(() => compile(changes)).toThrow(TypeError)
    expect(() => compile(changes)).toThrow(`${what}: ${name}`)
  })
})

test.each(Object.values(providers).map((provider) => [provider.title, provider.table] as const))(
  'the table of %s, which no application checks, is right',
  (_, table) => {
    expect(() => compileChecked(table)).not.toThrow()
  },
)
