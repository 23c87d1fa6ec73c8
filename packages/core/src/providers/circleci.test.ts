import type { CircleCIWorkload } from '@jobpass/core/internal'
import { circleci, createVerifier, decide, glob, not } from '@jobpass/core'
import { describe, expect, test } from 'vitest'
import {
  circleciOrganization as org,
  circleciProject as project,
  circleciPush,
  claimsWith,
  clockAt,
  codeOf,
  fetchKeys,
  now,
  refusalOf,
  signToken,
} from '@jobpass/testing/internal'
import type { Claims } from '@jobpass/testing/internal'

const claim = (name: string): string => `oidc.circleci.com/${name}`
const root = circleci.at('https://oidc.circleci.com')
const other = '11111111-2222-4333-8444-555555555555'
const present = { present: true } as const

// A rule that names the untrusted fields admits every run: the tests decide by their own rules.
const verifier = createVerifier({
  audience: ['https://api.acme.dev', 'https://registry.acme.dev'],
  trust: [
    circleci({ ownerId: [org, other] }),
    circleci({ ownerId: [org, other], sshRerun: [true, false] }),
    circleci({ ownerId: [org, other], pullRequest: present }),
    root({ ownerId: org }),
  ],
  fetch: fetchKeys(),
  clock: clockAt(now),
})
const identityOf = (claims: Claims): Promise<CircleCIWorkload> => verifier.verify(signToken(claims))

const tag = claimsWith(circleciPush, {
  aud: 'https://registry.acme.dev',
  iss: 'https://oidc.circleci.com',
  [claim('context-ids')]: ['b7a9f0d4-77c0-4b6f-8d0e-5a1b2c3d4e5f', '2e3f4051-6273-4485-96a7-b8c9dae0f102'],
  [claim('vcs-ref')]: 'refs/tags/v5.0.1',
})
const fork = claimsWith(circleciPush, {
  [claim('context-ids')]: [],
  [claim('vcs-origin')]: 'github.com/quill-otter/shop',
  [claim('vcs-ref')]: 'refs/heads/pull/418',
})
const webhook = claimsWith(circleciPush, {
  [claim('context-ids')]: [],
  [claim('vcs-origin')]: undefined,
  [claim('vcs-ref')]: undefined,
  [claim('pipeline-definition-id')]: 'd4c3b2a1-0f9e-5d8c-8b7a-695847362514',
  sub: `org/${org}/project/${project}/user/c0d1e2f3-0415-4263-8748-59a6b7c8d9e0`,
})
const sshRerun = claimsWith(circleciPush, { [claim('ssh-rerun')]: true })

async function fieldsOf(claims: Claims): Promise<Record<string, unknown>> {
  const { claims: raw, ...fields } = await identityOf(claims)
  expect(JSON.parse(JSON.stringify(raw))).toEqual(JSON.parse(JSON.stringify(claims)))
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

describe('documented CircleCI tokens', () => {
  test('a CircleCI push to main is read', async () => {
    expect(await fieldsOf(circleciPush)).toEqual({
      provider: 'circleci',
      issuer: `https://oidc.circleci.com/org/${org}`,
      subject: circleciPush['sub'],
      audience: 'https://api.acme.dev',
      issuedAt: 1_795_166_100,
      expiresAt: 1_795_169_700,
      ownerId: org,
      ownerKey: `https://oidc.circleci.com/org/${org}#${org}`,
      projectId: project,
      pipelineId: '9a1d2c3b-4e5f-5a6b-8c7d-0e1f2a3b4c5d',
      repository: 'github.com/acme/shop',
      ref: 'refs/heads/main',
      branch: 'main',
      runId: 'e4d3c2b1-a0f9-4e8d-b7c6-5a4938271605',
      jobId: '5b0f4a1c-8d6e-4f23-9b7a-1c2d3e4f5061',
      contextIds: ['b7a9f0d4-77c0-4b6f-8d0e-5a1b2c3d4e5f'],
      sshRerun: false,
    })
  })

  test('a CircleCI tag run of the shared issuer, with two contexts, is read', async () => {
    const fields = await fieldsOf(tag)
    expect(fields).toMatchObject({
      issuer: 'https://oidc.circleci.com',
      ownerKey: `https://oidc.circleci.com#${org}`,
      tag: 'v5.0.1',
      ref: 'refs/tags/v5.0.1',
    })
    expect(fields['contextIds']).toHaveLength(2)
    expect(fields).not.toHaveProperty('branch')
  })

  test('a CircleCI build of a fork’s pull request, with secrets passed to it, is read', async () => {
    const fields = await fieldsOf(fork)
    expect(fields).toMatchObject({ pullRequest: '418', repository: 'github.com/quill-otter/shop', projectId: project })
    expect(fields).not.toHaveProperty('branch')
  })

  test('a CircleCI run of a custom webhook is read', async () => {
    const fields = await fieldsOf(webhook)
    for (const name of ['repository', 'ref', 'branch', 'tag', 'pullRequest']) expect(fields).not.toHaveProperty(name)
  })
})

describe('CircleCI runs that only a rule naming them admits', () => {
  const byProject = circleci({ ownerId: org, projectId: project })
  const matches = async (rule: Parameters<typeof decide>[0], claims: Claims): Promise<boolean> =>
    decide(rule, await identityOf(claims)).allowed

  test.each<[string, Claims, boolean]>([
    ['a push', circleciPush, true],
    ['a webhook', webhook, true],
    ['attack D3: a fork', fork, false],
    ['a person at a shell', sshRerun, false],
    ['both', claimsWith(fork, { [claim('ssh-rerun')]: true }), false],
  ])('a CircleCI rule by project on %s: %#', async (_, claims, allowed) => {
    const workload = await identityOf(claims).catch(() => undefined)
    if (workload === undefined) return expect(allowed).toBe(false)
    return expect(decide(byProject, workload).allowed).toBe(allowed)
  })

  test('a CircleCI rule that names the field admits such runs', async () => {
    expect(await matches(circleci({ ownerId: org, sshRerun: true }), sshRerun)).toBe(true)
    expect(await matches(circleci({ ownerId: org, sshRerun: true }), circleciPush)).toBe(false)
    expect(await matches(circleci({ ownerId: org, sshRerun: false }), sshRerun)).toBe(false)
    expect(await matches(circleci({ ownerId: org, pullRequest: '418' }), fork)).toBe(true)
    expect(await matches(circleci({ ownerId: org, claims: { 'oidc.circleci.com/ssh-rerun': true } }), sshRerun)).toBe(
      true,
    )
  })

  test('a CircleCI rule that names one such field does not admit the other', async () => {
    const both = claimsWith(fork, { [claim('ssh-rerun')]: true })
    expect(await codeOf(verifier.verify(signToken(both)))).toBe('workload_forbidden')
  })

  test('attack D3: CircleCI builds of forks match no rule on the repository', async () => {
    const rule = circleci({ ownerId: org, projectId: project, repository: 'github.com/acme/shop', branch: glob('**') })
    expect(await matches(rule, circleciPush)).toBe(true)
    expect(await matches(rule, fork)).toBe(false)
    const all = circleci({ ownerId: org, repository: 'github.com/quill-otter/shop', ref: glob('refs/heads/**') })
    expect(await matches(all, fork)).toBe(false)
  })

  test('absent CircleCI claims match no negation', async () => {
    const rule = circleci({ ownerId: org, repository: not('github.com/quill-otter/shop') })
    expect(await matches(rule, webhook)).toBe(false)
    expect(await matches(rule, circleciPush)).toBe(true)
  })

  test('a CircleCI context is compared whole, and an absent one matches nothing', async () => {
    const rule = circleci({ ownerId: org, contextIds: '2e3f4051-6273-4485-96a7-b8c9dae0f102' })
    const atRoot = root({ ownerId: org, contextIds: '2e3f4051-6273-4485-96a7-b8c9dae0f102' })
    expect(await matches(atRoot, tag)).toBe(true)
    expect(await matches(rule, circleciPush)).toBe(false)
    expect(await matches(rule, webhook)).toBe(false)
    expect(await matches(rule, claimsWith(circleciPush, { [claim('context-ids')]: undefined }))).toBe(false)
  })
})

describe('CircleCI branch, tag and pull request', () => {
  test.each<[string | undefined, Record<string, string>]>([
    ['refs/heads/main', { branch: 'main' }],
    ['refs/heads/pull/418', { pullRequest: '418' }],
    ['refs/heads/pull/418/head', { pullRequest: '418/head' }],
    ['refs/heads/pull', { branch: 'pull' }],
    ['refs/heads/pull-418', { branch: 'pull-418' }],
    ['refs/heads/feature/pull/418', { branch: 'feature/pull/418' }],
    ['refs/tags/v1', { tag: 'v1' }],
    ['refs/tags/pull/418', { tag: 'pull/418' }],
    ['refs/heads/x/vcs-ref/refs/heads/main', { branch: 'x/vcs-ref/refs/heads/main' }],
    ['refs/heads/', {}],
    ['refs/heads/pull/', {}],
    ['main', {}],
    [undefined, {}],
  ])('a CircleCI ref of %j is read', async (ref, expected) => {
    const { branch, tag: name, pullRequest } = await identityOf(claimsWith(circleciPush, { [claim('vcs-ref')]: ref }))
    const found = Object.entries({ branch, tag: name, pullRequest }).filter(([, value]) => value !== undefined)
    expect(Object.fromEntries(found)).toEqual(expected)
  })
})

describe('the tenant of CircleCI', () => {
  test('attack A3: another CircleCI organization’s issuer is not trusted', async () => {
    const iss = 'https://oidc.circleci.com/org/99999999-2222-4333-8444-555555555555'
    expect(await codeOf(verifier.verify(signToken(claimsWith(circleciPush, { iss }))))).toBe('issuer_untrusted')
  })

  test('the shared CircleCI issuer is not an organization’s', async () => {
    const own = createVerifier({
      audience: 'https://api.acme.dev',
      trust: circleci({ ownerId: org }),
      fetch: fetchKeys(),
      clock: clockAt(now),
    })
    expect(await codeOf(own.verify(signToken(circleciPush)))).toBe('allowed')
    expect(await codeOf(own.verify(signToken(claimsWith(circleciPush, { iss: 'https://oidc.circleci.com' }))))).toBe(
      'issuer_untrusted',
    )
  })

  test('attack A3: the CircleCI organization is also compared with its claim', async () => {
    const foreign = { [claim('org-id')]: '99999999-2222-4333-8444-555555555555' }
    const atOwn = refusalOf(verifier.verify(signToken(claimsWith(circleciPush, foreign))))
    const atRoot = codeOf(
      verifier.verify(signToken(claimsWith(circleciPush, { ...foreign, iss: 'https://oidc.circleci.com' }))),
    )
    expect((await atOwn).status).toBeGreaterThanOrEqual(401)
    expect(await atRoot).toBe('workload_forbidden')
  })

  test('one CircleCI organization’s issuer cannot sign for another, even if a rule lists both', async () => {
    const mixed = claimsWith(circleciPush, { [claim('org-id')]: other })
    expect(await codeOf(verifier.verify(signToken(mixed)))).not.toBe('allowed')
  })
})

describe('lesson G11: the required claims of CircleCI', () => {
  test.each(['project-id', 'org-id', 'ssh-rerun'])(
    'lesson G11: a CircleCI token without %s is refused',
    async (name) => {
      const error = await refusalOf(verifier.verify(signToken(claimsWith(circleciPush, { [claim(name)]: undefined }))))
      expect(error).toMatchObject({ code: 'claims_invalid', problem: { claim: claim(name) } })
    },
  )

  test.each(['false', 'true', 0, null, ''])(
    'attack E4: a CircleCI token with %j as ssh-rerun is refused',
    async (value) => {
      const error = await refusalOf(
        verifier.verify(signToken(claimsWith(circleciPush, { [claim('ssh-rerun')]: value }))),
      )
      expect(error.problem.claim).toBe(claim('ssh-rerun'))
    },
  )

  test.each(['b7a9f0d4-77c0-4b6f-8d0e-5a1b2c3d4e5f', [7], {}])(
    'a CircleCI token with %j as context-ids is refused',
    async (value) => {
      const error = await refusalOf(
        verifier.verify(signToken(claimsWith(circleciPush, { [claim('context-ids')]: value }))),
      )
      expect(error.problem.claim).toBe(claim('context-ids'))
    },
  )

  test('attack A5: the audit-log token of a CircleCI organization is not a job’s', async () => {
    const audit = {
      aud: 'https://api.acme.dev',
      iat: 1_795_166_100,
      exp: 1_795_169_700,
      iss: `https://oidc.circleci.com/org/${org}`,
      sub: `org/${org}/file-streaming/audit-logs`,
    }
    expect(await codeOf(verifier.verify(signToken(audit)))).toBe('claims_invalid')
    expect(await codeOf(verifier.verify(signToken({ ...audit, [claim('org-id')]: org })))).toBe('claims_invalid')
  })

  test('a CircleCI token needs neither nbf nor jti', async () => {
    expect(Object.keys(circleciPush)).not.toContain('jti')
    expect(await codeOf(verifier.verify(signToken(circleciPush)))).toBe('allowed')
  })
})
