// A claim that no table lists yet, or that an administrator added, can be named with an exact
// value.

import { describe, expect, test } from 'vitest'
import { absent, glob, not, present } from './condition.ts'
import { circleci, githubActions, jenkins, kubernetes } from '../index.ts'
import { createVerifier } from '../request/verifier.ts'
import { decide } from './verdict.ts'
import { defineProvider } from '../provider/define-provider.ts'
import { compiledRule } from './make-rule.ts'
import { parseRule } from '../provider/parse-rule.ts'
import type { AnyWorkload } from '../model/workload.ts'
import type { TrustRule } from './rule.ts'
import { createTestIssuer } from '@jobpass/testing'

const audience = 'https://api.acme.dev'
const sha = '6f0c2d9b1e7a4c58d3b29f11a0c4e8d7b6a59310'
const ownerId = '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22'

const acme = defineProvider({
  id: 'acme-ci',
  title: 'Acme CI',
  issuer: 'https://ci.acme.dev',
  algorithms: ['ES256'],
  claims: { team: 'id', run: { uid: 'id' }, jobs: [{ id: 'id' }], 'prop_*': 'text' },
  identity: { ownerId: 'team' },
  pins: ['ownerId'],
})
const issuer = await createTestIssuer(acme)

/** Whether the rule on these claims allows a job. */
async function allows(claims: object, job: object): Promise<boolean> {
  const verifier = createVerifier({ audience, trust: acme({ ownerId: '7' }), fetch: issuer.fetch })
  const caller = await verifier.verify(await issuer.mint({ aud: audience, team: '7', ...job }))
  const rule = acme({ ownerId: '7', claims: claims as never })
  const back = parseRule(JSON.parse(JSON.stringify(rule)), [acme])
  expect(JSON.stringify(back)).toBe(JSON.stringify(rule))
  const { allowed } = decide(rule, caller)
  expect(decide(back as TrustRule<AnyWorkload>, caller as AnyWorkload).allowed).toBe(allowed)
  return allowed
}

describe('a rule on a claim that no table lists', () => {
  test.each<[string, object, object, boolean]>([
    ['the same text', { sha }, { sha }, true],
    ['other text', { sha }, { sha: `${sha}0` }, false],
    ['other letter case', { sha }, { sha: sha.toUpperCase() }, false],
    ['text that has the value as a prefix', { sha: 'abc' }, { sha: 'abcd' }, false],
    ['one of a list', { sha: ['a', sha] }, { sha }, true],
    ['none of a list', { sha: ['a', 'b'] }, { sha }, false],
    ['a list that has the value', { labels: 'gpu' }, { labels: ['linux', 'gpu'] }, true],
    ['a number', { attempt: 2 }, { attempt: 2 }, true],
    ['a number as text', { attempt: 2 }, { attempt: '2' }, false],
    ['text that is a number', { attempt: '2' }, { attempt: 2 }, false],
    ['a boolean', { signed: true }, { signed: true }, true],
    ['a boolean as text', { signed: true }, { signed: 'true' }, false],
    ['a token without the claim', { sha }, {}, false],
    ['null', { sha }, { sha: null }, false],
    ['empty text', { sha }, { sha: '' }, false],
    ['an object', { sha }, { sha: { sha } }, false],
    ['a member of a listed claim', { run: { uid: '1', pool: 'gpu' } }, { run: { uid: '1', pool: 'gpu' } }, true],
    ['another member of a listed claim', { run: { pool: 'gpu' } }, { run: { uid: '1' } }, false],
    ['a name that objects inherit', { toString: 'x' }, { toString: 'x' }, true],
    ['a name that objects inherit, and the token lacks', { constructor: 'x' }, {}, false],
    ['the name of a prototype', JSON.parse('{"__proto__":"x"}') as object, {}, false],
    ['a value that looks like a pattern', { sha: 'rel/*' }, { sha: 'rel/1' }, false],
  ])('a rule on an unlisted claim: %s', async (_, claims, job, expected) => {
    expect(await allows(claims, job)).toBe(expected)
  })

  test.each<[string, object, string]>([
    ['a pattern', { sha: glob('6f*') }, 'takes exact values only'],
    ['a negation', { sha: not('x') }, 'takes exact values only'],
    ['a presence', { sha: present() }, 'takes exact values only'],
    ['an absence', { sha: absent() }, 'takes exact values only'],
    ['members', { git: { sha } }, 'takes exact values only'],
    ['empty text', { sha: '' }, "'claims.sha' is empty"],
    ['an empty list', { sha: [] }, 'an empty list would never match'],
    ['null', { sha: null }, "'claims.sha' is null"],
    ['operator as a member', { run: { present: true } }, "'claims.run' has no 'present'"],
    ['null in a list', { sha: ['a', null] }, "'claims.sha' has null for a value"],
    ['values of two types', { sha: ['1', 2] }, 'quote it'],
    ['a value that is not a number', { attempt: Number.POSITIVE_INFINITY }, 'must be a number'],
    ['a wildcard in the name', { 'sha_*': 'x' }, "'claims' has no 'sha_*'"],
    ['the prefix of a family', { prop_: 'x' }, "'claims' has no 'prop_'"],
    ['no name', { '': 'x' }, "'claims' has no ''"],
    ['the issuer', { iss: 'https://ci.acme.dev' }, "'claims' has no 'iss': a rule is bound to its issuer"],
    ['the audience', { aud: audience }, "'claims' has no 'aud': write the setting { audience: '…' }"],
    ['the subject', { sub: 'x' }, "'claims' has no 'sub': write subject: '…'"],
    ['a time', { exp: 1 }, "'claims' has no 'exp': the verifier checks it"],
    ['a list of objects', { jobs: '7' }, 'takes no condition; use where'],
  ])('a rule on an unlisted claim refuses %s', (_, claims, message) => {
    const make = (): unknown => acme({ ownerId: '7', claims: claims as never })
    expect(make).toThrow(TypeError)
    expect(make).toThrow(message)
  })

  test('an unlisted claim never pins', () => {
    expect(() => acme({ claims: { sha } })).toThrow('must pin whose jobs it means')
    const rule = compiledRule(acme({ ownerId: '7', claims: { sha } }))
    expect(rule?.checks.map(({ pin }) => pin === true)).toEqual([true, true, false])
    expect(rule).toMatchObject({
      pinnedById: true,
      checks: [
        { field: 'issuer', operator: 'oneOf', expected: ['https://ci.acme.dev'], pin: true },
        { field: 'ownerId', operator: 'equals', expected: '7', pin: true },
        { field: 'claims.sha', operator: 'equals', expected: sha, onlyReported: true, unlisted: true },
      ],
    })
  })

  test('a deny rule on an unlisted claim is refused, since a misspelt name would deny nothing', () => {
    const make = (): unknown => acme.deny({ claims: { sha } })
    expect(make).toThrow(TypeError)
    expect(make).toThrow("'claims' has no 'sha', and a deny rule that never matches would deny nothing")
    expect(() => githubActions.deny({ claims: { ref_protectd: 'true' } })).toThrow("did you mean 'ref_protected'?")
  })

  test.each([
    ['ref_protectd', 'ref_protected'],
    ['repository_ids', 'repository_id'],
    ['Environment', 'environment'],
  ])('a rule on an unlisted claim warns of a probable misspelling: %s', (claim, meant) => {
    const warnings: string[] = []
    const trust = githubActions({ ownerId: '1', claims: { [claim]: 'x' } })
    createVerifier({ audience, trust, onWarning: (warning) => void warnings.push(warning) })
    expect(warnings.join()).toContain(`no table lists 'claims.${claim}'. Did you mean '${meant}'?`)
  })

  test('a rule does not warn of a claim that the table lists', () => {
    const warnings: string[] = []
    const trust = circleci({ ownerId, claims: { 'oidc.circleci.com/vcs-sha': sha } })
    createVerifier({ audience, trust, onWarning: (warning) => void warnings.push(warning) })
    expect(warnings.join()).not.toContain('Did you mean')
  })

  test('reports 21 and 23: a claim newer than the table, and one that an administrator added, can be named', async () => {
    const server = jenkins.at('https://jenkins.tidewater.example/oidc')
    const builds = await createTestIssuer(server)
    const url = 'https://git.tidewater.example/web.git'
    const subject = 'https://jenkins.tidewater.example/job/web/job/main/'
    const trust = server({ subject, claims: { git_url: url } })
    const verifier = createVerifier({ audience, trust, fetch: builds.fetch })
    const call = async (claims: object): Promise<string> =>
      verifier.verify(await builds.mint({ aud: audience, ...claims })).then(
        ({ provider }) => provider,
        (error: { readonly code: string }) => error.code,
      )
    expect(await call({ git_url: url })).toBe('jenkins')
    expect(await call({ git_url: 'https://git.evil.example/web.git' })).toBe('workload_forbidden')
    expect(await call({})).toBe('workload_forbidden')
    expect(() => circleci({ ownerId, claims: { 'oidc.circleci.com/vcs-sha': sha } })).not.toThrow()
    expect(() =>
      kubernetes.at('https://k8s.acme.dev')({ namespace: 'ci', claims: { 'kubernetes.io': { zone: 'a' } } }),
    ).not.toThrow()
  })
})
