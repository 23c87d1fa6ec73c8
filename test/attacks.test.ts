/**
 * Misconfigurations and look-alikes, one named test each;
 * docs/security/lessons-and-attacks.md explains each.
 */

import { createHmac } from 'node:crypto'
import { absent, anyEvent, circleci, createVerifier, githubActions, gitlab, glob, not, present } from '@jobpass/core'
import type { VerifierOptions } from '@jobpass/core'
import { describe, expect, test } from 'vitest'
import {
  base64url,
  circleciOrganization as org,
  circleciProject as project,
  circleciPush,
  claimsWith,
  clockAt,
  codeOf,
  fetchKeys,
  githubPush,
  gitlabPush,
  now,
  publicJwk,
  publicPem,
  refusalOf,
  signToken,
} from '@jobpass/testing/internal'
import type { Claims } from '@jobpass/testing/internal'

type Untyped = (conditions?: unknown, settings?: unknown) => unknown
const github = githubActions as unknown as Untyped
const lab = gitlab as unknown as Untyped
const circle = circleci as unknown as Untyped

const audience = 'https://api.acme.dev'
const { iss: githubIssuer } = githubPush
const custom = { sub: 'custom:subject' }

/** The result for a token with these claims under these trust rules. */
async function answer(
  trust: VerifierOptions['trust'],
  claims: Claims,
  options: Partial<VerifierOptions> = {},
): Promise<unknown> {
  const verifier = createVerifier({ audience, trust, fetch: fetchKeys(), clock: clockAt(now), ...options })
  return codeOf(verifier.verify(signToken(claims)))
}

const refuses = (make: () => unknown, message: string | RegExp): void => {
  expect(make).toThrow(TypeError)
  expect(make).toThrow(message)
}

const main = githubActions({ repository: 'acme/shop', branch: 'main' })
const labMain = gitlab({ repositoryId: '48120077', branch: 'main' })
const circleMain = circleci({ ownerId: org, projectId: project, repository: 'github.com/acme/shop', branch: 'main' })

test('the attacked rules admit the intended jobs', async () => {
  expect(await answer(main, githubPush)).toBe('allowed')
  expect(await answer(labMain, gitlabPush)).toBe('allowed')
  expect(await answer(circleMain, circleciPush)).toBe('allowed')
})

describe('A. Trusting too much of a shared issuer', () => {
  test('attack A1: an issuer and an audience do not make a rule', () => {
    refuses(() => github({}), 'must pin')
    refuses(() => lab({}), 'must pin')
    refuses(() => circle({}), "'ownerId' is required")
    refuses(() => (circleci.at('https://oidc.circleci.com') as unknown as Untyped)({}), 'ownerId')
    refuses(() => createVerifier({ audience } as unknown as VerifierOptions), 'A verifier needs trust')
    refuses(() => createVerifier({ audience, trust: githubActions } as unknown as VerifierOptions), 'call it')
  })

  test('attack A1: a stranger’s repository with our audience is refused', async () => {
    const stranger = {
      repository: 'quill-otter/anything',
      repository_owner: 'quill-otter',
      repository_id: '5',
      repository_owner_id: '6',
    }
    expect(await answer(main, claimsWith(githubPush, { ...custom, ...stranger }))).toBe('workload_forbidden')
  })

  test.each([
    '*',
    '**',
    '*/*',
    '*/**',
    '**/*',
    '?*/shop',
    '*/shop',
    '**/shop',
    '[a-z]*/shop',
    'ac*e/shop',
    '*acme/shop',
  ])('attack A2: the pattern %j does not pin an owner', (pattern) => {
    refuses(() => github({ repository: glob(pattern) }), /must pin|never matches/)
    refuses(() => github({ owner: glob(pattern) }), /must pin|never matches/)
    refuses(() => lab({ repository: glob(pattern) }), /must pin|never matches/)
  })

  test.each(['repo:*', 'repo:acme/*', '*', '**', 'project_path:*'])(
    'attack A2: the subject does not accept the pattern %j',
    (pattern) => {
      refuses(() => github({ ownerId: '1', subject: glob(pattern) }), 'exact values only')
      refuses(() => lab({ ownerId: '1', subject: glob(pattern) }), 'exact values only')
      refuses(() => circle({ ownerId: org, subject: glob(pattern) }), 'exact values only')
    },
  )

  test('attack A2: a star as an exact value is refused, or matches nothing and warns', async () => {
    refuses(() => github({ repository: '*' }), 'is a name with its owner')
    const warnings: string[] = []
    const onWarning = (message: string): void => void warnings.push(message)
    const rule = githubActions({ ownerId: '1234567', environment: '*' })
    expect(await answer(rule, { ...githubPush, environment: 'production' }, { onWarning })).toBe('workload_forbidden')
    expect(warnings[0]).toContain('glob()')
  })

  test('attack A3: the right claims, signed by someone else’s server, are refused', async () => {
    for (const iss of [
      'https://git.evil.example/_services/token',
      `${String(githubIssuer)}/evil-enterprise`,
      'https://token.actions.evil.ghe.com',
      'https://vstoken.actions.githubusercontent.com',
    ]) {
      expect(await answer(main, claimsWith(githubPush, { iss }))).toBe('issuer_untrusted')
    }
    expect(await answer(labMain, claimsWith(gitlabPush, { iss: 'https://git.evil.example' }))).toBe('issuer_untrusted')
    const iss = 'https://oidc.circleci.com/org/99999999-2222-4333-8444-555555555555'
    expect(await answer(circleMain, claimsWith(circleciPush, { iss }))).toBe('issuer_untrusted')
  })

  test('attack A3: two servers with the same ids do not sign for each other', async () => {
    const iss = 'https://gitlab.acme.dev'
    const trust = [labMain, gitlab.at(iss)({ repositoryId: '1' })]
    expect(await answer(trust, claimsWith(gitlabPush, { iss }))).toBe('workload_forbidden')
  })

  test.each([
    'https://oidc.circleci.com/org/*',
    'https://oidc.circleci.com/org/{ownerId}',
    'https://*.ghe.com',
    `${String(githubIssuer)}/*`,
  ])('attack A3: the family of issuers %s is not accepted as an issuer', (issuer) => {
    refuses(() => circleci.at(issuer), 'issuer')
    refuses(() => githubActions.at(issuer), 'issuer')
  })

  test('attack A4: an issuer that only begins like the trusted one is refused', async () => {
    const fetch = fetchKeys()
    for (const iss of [
      `${String(githubIssuer)}.evil.example`,
      `${String(githubIssuer)}@evil.example`,
      `https://evil.example/${String(githubIssuer)}`,
    ]) {
      expect(await answer(main, claimsWith(githubPush, { iss }), { fetch })).toBe('issuer_untrusted')
    }
    expect(fetch.asked).toEqual([])
  })

  test('attack A4: keys in the token are ignored', async () => {
    const fetch = fetchKeys([{ ...publicJwk, kid: 'ours', n: `${String(publicJwk['n']).slice(0, -8)}AAAAAAAA` }])
    const header = {
      kid: 'ours',
      jku: 'https://evil.example/jwks',
      x5u: 'https://evil.example/x5u',
      jwk: publicJwk,
      x5c: ['MII'],
    }
    const verifier = createVerifier({ audience, trust: main, fetch, clock: clockAt(now) })
    expect(await codeOf(verifier.verify(signToken(githubPush, header)))).toBe('signature_invalid')
    expect(fetch.asked.filter((url) => url.includes('evil'))).toEqual([])
  })

  test.each(['none', 'None', '', 'HS256', 'HS512', 'RS256\u0000'])(
    'attack A4: the algorithm %j is refused',
    async (alg) => {
      const input = `${base64url({ alg, kid: 'k1' })}.${base64url(githubPush)}`
      const verifier = createVerifier({ audience, trust: main, fetch: fetchKeys(), clock: clockAt(now) })
      for (const signature of ['', createHmac('sha256', publicPem).update(input).digest('base64url')]) {
        expect(await codeOf(verifier.verify(`${input}.${signature}`))).toBe('algorithm_unsupported')
      }
    },
  )

  test('attack A5: an audit-log token of CircleCI is refused', async () => {
    const { iss, iat, exp } = circleciPush
    const audit = { iss, iat, exp, aud: audience, sub: `org/${org}/file-streaming/audit-logs` }
    expect(await answer(circleci({ ownerId: org }), audit)).toBe('claims_invalid')
    const withOrg = { ...audit, 'oidc.circleci.com/org-id': org, 'oidc.circleci.com/ssh-rerun': false }
    expect(await answer(circleci({ ownerId: org }), withOrg)).toBe('claims_invalid')
  })

  test('attack A5: a login token of a GitLab user is refused', async () => {
    const { iss, iat, exp } = gitlabPush
    const login = { iss, iat, exp, aud: audience, sub: '1209844', namespace_id: '99', project_id: '48120077' }
    expect(await answer(gitlab({ ownerId: '99' }), login)).toBe('claims_invalid')
    expect(await answer(gitlab({ ownerId: '99' }), claimsWith(gitlabPush, { job_id: undefined }))).toBe(
      'claims_invalid',
    )
    expect(await answer(gitlab({ ownerId: '99' }), claimsWith(gitlabPush, { pipeline_id: undefined }))).toBe(
      'claims_invalid',
    )
  })
})

describe('B. Names that look like other names', () => {
  test('attack B1: an owner whose name begins like the trusted one is refused', async () => {
    refuses(() => github({ repository: glob('acme*/**') }), 'must pin')
    refuses(() => lab({ owner: glob('acme*') }), 'must pin')
    const evil = { ...custom, repository: 'acme-evil/shop', repository_owner: 'acme-evil', repository_owner_id: '6' }
    expect(await answer(githubActions({ repository: glob('acme/*') }), claimsWith(githubPush, evil))).toBe(
      'workload_forbidden',
    )
    expect(await answer(githubActions({ owner: 'acme' }), claimsWith(githubPush, evil))).toBe('workload_forbidden')
    const group = { namespace_path: 'acme/platform-evil', project_path: 'acme/platform-evil/shop' }
    expect(await answer(gitlab({ repository: glob('acme/platform/*') }), claimsWith(gitlabPush, group))).toBe(
      'workload_forbidden',
    )
    const origin = { 'oidc.circleci.com/vcs-origin': 'github.com/acme-evil/shop' }
    const rule = circleci({ ownerId: org, repository: glob('github.com/acme/*'), branch: 'main' })
    expect(await answer(rule, claimsWith(circleciPush, origin))).toBe('workload_forbidden')
  })

  test('attack B2: a repository whose name begins like the trusted one, and a subgroup, are refused', async () => {
    const sibling = { ...custom, repository: 'acme/shop-playground' }
    expect(await answer(githubActions({ repository: 'acme/shop' }), claimsWith(githubPush, sibling))).toBe(
      'workload_forbidden',
    )
    const below = { namespace_path: 'acme/platform/sub', project_path: 'acme/platform/sub/shop' }
    expect(await answer(gitlab({ repository: glob('acme/platform/*') }), claimsWith(gitlabPush, below))).toBe(
      'workload_forbidden',
    )
    expect(await answer(gitlab({ owner: 'acme/platform' }), claimsWith(gitlabPush, below))).toBe('workload_forbidden')
    expect(await answer(gitlab({ repository: glob('acme/platform/**') }), claimsWith(gitlabPush, below))).toBe(
      'allowed',
    )
  })

  test('attack B3: a name that was taken over by someone else is refused', async () => {
    const byId = githubActions({ repositoryId: '74205118', ownerId: '1234567', branch: 'main' })
    expect(await answer(byId, claimsWith(githubPush, { ...custom, repository_id: '900' }))).toBe('workload_forbidden')
    expect(await answer(byId, claimsWith(githubPush, { ...custom, repository: 'acme/renamed' }))).toBe('allowed')
    const labById = gitlab({ repositoryId: '48120077', branch: 'main' })
    expect(await answer(labById, claimsWith(gitlabPush, { project_id: '900', job_project_id: '900' }))).toBe(
      'workload_forbidden',
    )
    expect(await answer(labById, claimsWith(gitlabPush, { project_path: 'acme/moved', namespace_path: 'acme' }))).toBe(
      'allowed',
    )
    refuses(() => createVerifier({ audience, trust: main, strict: true }), 'pin an id')
  })

  test('attack B4: an owner whose name looks like a name with an id is refused', async () => {
    const squatter = {
      sub: 'repo:acme-1234567/shop-74205118:ref:refs/heads/main',
      repository: 'acme-1234567/shop-74205118',
      repository_owner: 'acme-1234567',
      repository_id: '900',
      repository_owner_id: '901',
    }
    expect(await answer(githubActions({ ownerId: '1234567' }), claimsWith(githubPush, squatter))).toBe(
      'workload_forbidden',
    )
    expect(await answer(githubActions({ owner: 'acme' }), claimsWith(githubPush, squatter))).toBe('workload_forbidden')
    const subject = githubActions({ owner: 'acme-1234567', subject: squatter.sub })
    expect(await answer(subject, claimsWith(githubPush, { ...squatter, repository_owner: 'acme' }))).toBe(
      'workload_forbidden',
    )
  })

  test('attack B5: a rule with ids still matches after subjects change their format', async () => {
    const byId = githubActions({ repositoryId: '74205118', branch: 'main' })
    expect(await answer(byId, githubPush)).toBe('allowed')
    expect(await answer(byId, claimsWith(githubPush, { sub: 'repo:acme/shop:ref:refs/heads/main' }))).toBe('allowed')
    refuses(() => github({ ownerId: '1', subject: glob('repo:acme*/shop*:*') }), 'exact values only')
    const evil = { sub: 'repo:acme-evil@9/app-x@8:ref:refs/heads/main', repository_id: '8', repository_owner_id: '9' }
    expect(await answer(byId, claimsWith(githubPush, evil))).toBe('workload_forbidden')
  })

  test('attack B5: a subject whose ids differ from the claims is refused', async () => {
    const forged = { sub: 'repo:acme@1234567/shop@74205118:ref:refs/heads/main', repository_owner_id: '9' }
    expect(await answer(githubActions({ owner: 'acme' }), claimsWith(githubPush, forged))).toBe('claims_invalid')
  })

  test('attack B6: letter case is ignored only where the platform ignores it', async () => {
    const folded = { ...custom, repository: 'Acme/Shop', repository_owner: 'Acme' }
    expect(await answer(main, claimsWith(githubPush, folded))).toBe('allowed')
    expect(await answer(main, claimsWith(githubPush, { ...custom, ref: 'refs/heads/Main' }))).toBe('workload_forbidden')
    expect(await answer(main, claimsWith(githubPush, { ...custom, ref: 'refs/heads/MAIN' }))).toBe('workload_forbidden')
    const pinned = githubActions({ ownerId: '1234567', workflow: String(githubPush['workflow_ref']) })
    const shouted = { workflow_ref: String(githubPush['workflow_ref']).replace('ci.yml', 'CI.yml') }
    expect(await answer(pinned, claimsWith(githubPush, shouted))).toBe('workload_forbidden')
    refuses(() => github({ ownerId: '1234567', commit: String(githubPush['sha']).toUpperCase() }), 'commit hash')
  })
})

describe('C. Right repository, wrong code', () => {
  test('attack C1: other branches of the repository are refused', async () => {
    expect(await answer(main, claimsWith(githubPush, { ...custom, ref: 'refs/heads/poc' }))).toBe('workload_forbidden')
    const dispatch = { ...custom, ref: 'refs/heads/poc', event_name: 'workflow_dispatch' }
    expect(await answer(main, claimsWith(githubPush, dispatch))).toBe('workload_forbidden')
    expect(await answer(labMain, claimsWith(gitlabPush, { ref: 'poc', ref_path: 'refs/heads/poc' }))).toBe(
      'workload_forbidden',
    )
    expect(await answer(circleMain, claimsWith(circleciPush, { 'oidc.circleci.com/vcs-ref': 'refs/heads/poc' }))).toBe(
      'workload_forbidden',
    )
  })

  test('attack C2: a pull request is admitted only if a rule names it', async () => {
    const pull = { sub: 'repo:acme/shop:pull_request', ref: 'refs/pull/9/merge', event_name: 'pull_request' }
    for (const rule of [
      githubActions({ ownerId: '1234567' }),
      githubActions({ repository: 'acme/shop', ref: glob('refs/**') }),
      githubActions({ repository: 'acme/shop', subject: 'repo:acme/shop:pull_request' }),
      githubActions({ repository: 'acme/shop', pullRequest: '9' }),
      githubActions({ repository: 'acme/shop', event: not('push') }),
      githubActions({ repository: 'acme/shop', event: glob('pull_*') }),
    ]) {
      expect(await answer(rule, claimsWith(githubPush, pull))).toBe('workload_forbidden')
    }
    expect(
      await answer(githubActions({ ownerId: '1234567', event: 'pull_request' }), claimsWith(githubPush, pull)),
    ).toBe('allowed')
  })

  test.each([
    'pull_request_target',
    'workflow_run',
    'issue_comment',
    'issues',
    'discussion',
    'discussion_comment',
    'fork',
    'watch',
    'gollum',
    'label',
    'milestone',
    'pull_request_review',
    'pull_request_review_comment',
    'dynamic',
    'check_run',
    'invented_tomorrow',
  ])('attack C3: %s is refused although it names the default branch', async (event) => {
    const claims = claimsWith(githubPush, {
      sub: 'repo:acme/shop:ref:refs/heads/main',
      event_name: event,
      actor: 'quill-otter',
      actor_id: '77120954',
    })
    expect(await answer(main, claims)).toBe('workload_forbidden')
    expect(await answer(githubActions({ ownerId: '1234567', ref: 'refs/heads/main' }), claims)).toBe(
      'workload_forbidden',
    )
    expect(await answer(githubActions({ repository: 'acme/shop', subject: String(claims['sub']) }), claims)).toBe(
      'workload_forbidden',
    )
  })

  test('attack C3: anyEvent() in trust does not open a route', async () => {
    const verifier = createVerifier({
      audience,
      trust: githubActions({ ownerId: '1234567', event: anyEvent() }),
      fetch: fetchKeys(),
      clock: clockAt(now),
    })
    const pull = `Bearer ${signToken(claimsWith(githubPush, { event_name: 'pull_request_target' }))}`
    expect(await codeOf(verifier.authorize(pull))).toBe('allowed')
    expect(await codeOf(verifier.guard(main)(pull))).toBe('workload_forbidden')
    expect(() => verifier.guard(githubActions({ ownerId: '1', event: anyEvent() }))).toThrow(TypeError)
  })

  test('attack C4: a pull request that names an environment is refused', async () => {
    const pull = {
      sub: 'repo:acme/shop:environment:production',
      environment: 'production',
      ref: 'refs/pull/9/merge',
      event_name: 'pull_request',
    }
    expect(
      await answer(githubActions({ repository: 'acme/shop', environment: 'production' }), claimsWith(githubPush, pull)),
    ).toBe('workload_forbidden')
    const elsewhere = { ...custom, environment: 'production', repository: 'acme/other' }
    expect(
      await answer(
        githubActions({ repository: 'acme/shop', environment: 'production' }),
        claimsWith(githubPush, elsewhere),
      ),
    ).toBe('workload_forbidden')
  })

  test('attack C4: an unprotected environment is refused', async () => {
    refuses(() => lab({ repositoryId: '48120077', environment: 'production' }), 'environmentProtected')
    const rule = gitlab({ repositoryId: '48120077', environment: 'production', environmentProtected: true })
    const named = { environment: 'production', environment_protected: 'false' }
    expect(await answer(rule, claimsWith(gitlabPush, named))).toBe('workload_forbidden')
    expect(await answer(rule, claimsWith(gitlabPush, { environment: 'production' }))).toBe('workload_forbidden')
    expect(await answer(rule, claimsWith(gitlabPush, { ...named, environment_protected: 'true' }))).toBe('allowed')
  })

  test.each([present(), absent(), not('')])(
    'attack C4: a condition that every job meets protects no environment: %j',
    (condition) => {
      refuses(() => lab({ repositoryId: '48120077', environment: 'production', ref: condition }), /environment|ref/)
    },
  )

  test('attack C5: a label that any workflow can use proves nothing', async () => {
    refuses(() => github({ claims: { workflow: 'Deploy' } }), 'must pin')
    refuses(() => lab({ claims: { deployment_tier: 'production' } }), 'must pin')
    const rule = githubActions({
      repository: 'acme/shop',
      workflow: 'acme/shop/.github/workflows/deploy.yml@refs/heads/main',
      claims: { workflow: 'Deploy' },
    })
    const evil = { workflow: 'Deploy', workflow_ref: 'acme/shop/.github/workflows/evil.yml@refs/heads/main' }
    expect(await answer(rule, claimsWith(githubPush, evil))).toBe('workload_forbidden')
  })

  test('attack C6: short names of refs do not match', async () => {
    const likeTag = { ref: 'v1.0.0', ref_type: 'branch', ref_path: 'refs/heads/v1.0.0' }
    expect(await answer(gitlab({ repositoryId: '48120077', tag: 'v1.0.0' }), claimsWith(gitlabPush, likeTag))).toBe(
      'workload_forbidden',
    )
    expect(
      await answer(gitlab({ repositoryId: '48120077', ref: 'refs/tags/v1.0.0' }), claimsWith(gitlabPush, likeTag)),
    ).toBe('workload_forbidden')
    expect(await answer(main, claimsWith(githubPush, { ...custom, ref: 'refs/heads/feature/main' }))).toBe(
      'workload_forbidden',
    )
    expect(await answer(main, claimsWith(githubPush, { ...custom, ref: 'refs/tags/main', ref_type: 'tag' }))).toBe(
      'workload_forbidden',
    )
  })

  test('attack C6: a merge queue and a pull request match no branch pattern', async () => {
    const queue = { ...custom, ref: 'refs/heads/gh-readonly-queue/main/pr-1-abc123', event_name: 'merge_group' }
    const anyBranch = githubActions({ repository: 'acme/shop', branch: glob('**') })
    expect(await answer(anyBranch, claimsWith(githubPush, queue))).toBe('workload_forbidden')
    expect(await answer(anyBranch, claimsWith(githubPush, { ...queue, event_name: 'push' }))).toBe('workload_forbidden')
    expect(
      await answer(githubActions({ repository: 'acme/shop', mergeQueue: 'main' }), claimsWith(githubPush, queue)),
    ).toBe('allowed')
    const pull = { 'oidc.circleci.com/vcs-ref': 'refs/heads/pull/12' }
    for (const conditions of [{ branch: glob('**') }, { ref: glob('refs/heads/**') }]) {
      const rule = circleci({ ownerId: org, repository: 'github.com/acme/shop', ...conditions })
      expect(await answer(rule, claimsWith(circleciPush, pull))).toBe('workload_forbidden')
    }
  })

  test('attack C7: fields that a stranger chooses prove nothing', async () => {
    const pull = { ...custom, ref: 'refs/pull/9/merge', event_name: 'pull_request', head_ref: 'main', base_ref: 'main' }
    expect(await answer(main, claimsWith(githubPush, pull))).toBe('workload_forbidden')
    refuses(() => github({ ownerId: '1', headRef: 'main' }), "has no 'headRef'")
    refuses(() => github({ claims: { head_ref: 'main' } }), 'must pin')
    refuses(() => lab({ claims: { user_login: 'ines.vale' } }), 'must pin')
    expect(
      await answer(githubActions({ ownerId: '1234567', claims: { head_ref: 'main' } }), claimsWith(githubPush, pull)),
    ).toBe('workload_forbidden')
  })

  test('attack C8: a run of a bot that a stranger triggered is refused', async () => {
    refuses(() => github({ ownerId: '1', actor: 'dependabot[bot]' }), 'can be read, but is no condition')
    refuses(() => github({ claims: { actor: 'dependabot[bot]' } }), 'must pin')
    const bot = { event_name: 'pull_request_target', actor: 'dependabot[bot]', actor_id: '49699333' }
    const rule = githubActions({ repository: 'acme/shop', claims: { actor: 'dependabot[bot]' } })
    expect(await answer(rule, claimsWith(githubPush, bot))).toBe('workload_forbidden')
  })

  test('attack C9: a shared workflow called from a stranger’s repository is refused', async () => {
    const kit = 'acme/ci-kit/.github/workflows/release.yml@refs/tags/v4'
    refuses(() => github({ jobWorkflow: kit }), 'must pin')
    refuses(() => github({ claims: { job_workflow_ref: kit } }), 'must pin')
    refuses(() => github({ jobWorkflow: glob('acme/**') }), 'must pin')
    const foreign = {
      ...custom,
      job_workflow_ref: kit,
      repository: 'evil/x',
      repository_owner: 'evil',
      repository_owner_id: '6',
    }
    expect(await answer(githubActions({ ownerId: '1234567', jobWorkflow: kit }), claimsWith(githubPush, foreign))).toBe(
      'workload_forbidden',
    )
  })

  test('attack C10: a workflow of another ref, and file names that look like one, are refused', async () => {
    const file = 'acme/shop/.github/workflows/deploy.yml'
    const pinned = githubActions({ ownerId: '1234567', jobWorkflow: `${file}@refs/heads/main` })
    for (const ref of [
      `${file}@refs/heads/x`,
      `${file}@refs/heads/main.yml@refs/heads/x`,
      `${file}@refs/heads/main2`,
      `${file}@refs/heads/main/x`,
      `acme/shop-evil/.github/workflows/deploy.yml@refs/heads/main`,
    ]) {
      expect(await answer(pinned, claimsWith(githubPush, { job_workflow_ref: ref }))).toBe('workload_forbidden')
    }
    expect(await answer(pinned, claimsWith(githubPush, { job_workflow_ref: `${file}@refs/heads/main` }))).toBe(
      'allowed',
    )
  })

  test('attack C11: a subject that a stranger composed of true claims is refused', async () => {
    const sub = 'job_workflow_ref:acme/ci-kit/.github/workflows/release.yml@refs/tags/v4'
    refuses(() => github({ subject: sub }), 'must pin')
    refuses(() => github({ ownerId: '1', subject: glob('*job_workflow_ref:acme/*') }), 'exact values only')
    const foreign = {
      sub,
      repository: 'evil/x',
      repository_id: '5',
      repository_owner: 'evil',
      repository_owner_id: '6',
    }
    expect(
      await answer(githubActions({ repositoryId: '74205118', subject: sub }), claimsWith(githubPush, foreign)),
    ).toBe('workload_forbidden')
  })

  test('attack C12: separators inside a value do not forge other values', async () => {
    const escaped = {
      sub: 'repo:acme/shop:environment:x%3Aref%3Arefs/heads/main',
      environment: 'x:ref:refs/heads/main',
      ref: 'refs/heads/poc',
    }
    expect(await answer(main, claimsWith(githubPush, escaped))).toBe('workload_forbidden')
    const raw = { ...escaped, sub: 'repo:acme/shop:environment:x:ref:refs/heads/main' }
    const bySubject = githubActions({ repository: 'acme/shop', subject: 'repo:acme/shop:ref:refs/heads/main' })
    for (const claims of [escaped, raw])
      expect(await answer(bySubject, claimsWith(githubPush, claims))).toBe('workload_forbidden')
    const tail = {
      'oidc.circleci.com/vcs-ref': 'refs/heads/x/vcs-ref/refs/heads/main',
      sub: `${String(circleciPush['sub'])}/x/vcs-ref/refs/heads/main`,
    }
    expect(await answer(circleMain, claimsWith(circleciPush, tail))).toBe('workload_forbidden')
  })
})

describe('D. Forks', () => {
  test('attack D1: GitLab below 18.2.2 gave a fork’s merge request the parent’s name', async () => {
    const old = {
      pipeline_source: 'merge_request_event',
      ref_protected: 'false',
      job_project_id: undefined,
      job_project_path: undefined,
    }
    for (const rule of [
      labMain,
      gitlab({ repositoryId: '48120077', ref: 'refs/heads/main' }),
      gitlab({ repository: 'acme/platform/shop' }),
    ]) {
      expect(await answer(rule, claimsWith(gitlabPush, old))).toBe('workload_forbidden')
    }
  })

  test('attack D2: the project where the job runs is not the project whose code runs', async () => {
    refuses(() => lab({ claims: { job_project_id: '48120077' }, ref: 'refs/heads/main' }), 'must pin')
    const fork = {
      namespace_id: '33019922',
      namespace_path: 'quillotter',
      project_id: '60771234',
      project_path: 'quillotter/shop',
      pipeline_source: 'merge_request_event',
      ref_protected: 'false',
    }
    const rules = [
      labMain,
      gitlab({ ownerId: '99', claims: { job_project_id: '48120077' } }),
      gitlab({ ownerId: ['99', '33019922'], claims: { job_project_id: '48120077' }, branch: 'main' }),
    ]
    for (const rule of rules) expect(await answer(rule, claimsWith(gitlabPush, fork))).toBe('workload_forbidden')
    const named = gitlab({
      ownerId: '33019922',
      claims: { job_project_id: '48120077' },
      event: 'merge_request_event',
      branch: 'main',
    })
    expect(await answer(named, claimsWith(gitlabPush, fork))).toBe('workload_forbidden')
  })

  test('attack D3: CircleCI passes the project’s identity to fork builds', async () => {
    const fork = {
      'oidc.circleci.com/context-ids': [],
      'oidc.circleci.com/vcs-origin': 'github.com/quill-otter/shop',
      'oidc.circleci.com/vcs-ref': 'refs/heads/pull/418',
    }
    for (const rule of [
      circleMain,
      circleci({ ownerId: org }),
      circleci({ ownerId: org, projectId: project }),
      circleci({ ownerId: org, pipelineId: '9a1d2c3b-4e5f-5a6b-8c7d-0e1f2a3b4c5d' }),
      circleci({ ownerId: org, repository: glob('github.com/*/shop'), branch: glob('**') }),
      circleci({ ownerId: org, contextIds: 'b7a9f0d4-77c0-4b6f-8d0e-5a1b2c3d4e5f' }),
    ]) {
      expect(await answer(rule, claimsWith(circleciPush, fork))).toBe('workload_forbidden')
    }
    refuses(() => circle({ ownerId: org, projectId: project, branch: 'main' }), 'add repository')
  })

  test('attack D3: a person in the shell of a job is refused', async () => {
    expect(await answer(circleMain, claimsWith(circleciPush, { 'oidc.circleci.com/ssh-rerun': true }))).toBe(
      'workload_forbidden',
    )
  })

  test('attack D4: a fork’s pull request that obtained a token is refused', async () => {
    const fork = {
      ...custom,
      event_name: 'pull_request',
      ref: 'refs/pull/9/merge',
      actor: 'quill-otter',
      head_ref: 'main',
    }
    expect(await answer(githubActions({ ownerId: '1234567' }), claimsWith(githubPush, fork))).toBe('workload_forbidden')
  })
})

describe('E. Traps of the language and of the code', () => {
  test('attack E1: a negation does not match an absent claim', async () => {
    const notMergeRequest = gitlab({ ownerId: '99', claims: { job_source: not('merge_request_event') } })
    expect(await answer(notMergeRequest, claimsWith(gitlabPush, { job_source: undefined }))).toBe('workload_forbidden')
    expect(await answer(notMergeRequest, claimsWith(gitlabPush, { job_source: '' }))).toBe('workload_forbidden')
    const notPreview = githubActions({ ownerId: '1234567', environment: not('preview') })
    expect(await answer(notPreview, githubPush)).toBe('workload_forbidden')
    const notFork = circleci({ ownerId: org, repository: not('github.com/quill-otter/shop') })
    expect(await answer(notFork, claimsWith(circleciPush, { 'oidc.circleci.com/vcs-origin': undefined }))).toBe(
      'workload_forbidden',
    )
    refuses(() => github({ owner: not('evil') }), 'must pin')
  })

  test('attack E2: an unknown name is a TypeError, or never matches', async () => {
    // A claim that no table lists may be new: the rule never matches a token without it, and a
    // warning suggests the likely name.
    const misspelt = lab({ ownerId: '99', claims: { ref_protectd: 'true' } }) as VerifierOptions['trust']
    const warnings: string[] = []
    const onWarning = (text: string): void => void warnings.push(text)
    expect(await answer(misspelt, gitlabPush, { onWarning })).toBe('workload_forbidden')
    expect(warnings.join()).toContain("Did you mean 'ref_protected'?")
    refuses(() => gitlab.deny({ claims: { ref_protectd: 'true' } }), "'claims' has no 'ref_protectd'")
    refuses(() => lab({ ownerId: '1', refProtectd: true }), "did you mean 'refProtected'?")
    refuses(() => github({ ownerId: '1', branch: [] }), 'an empty list')
    refuses(() => github({ ownerId: '1', claims: {} }), 'is empty')
  })

  test('attack E3: there are no regular expressions, and patterns are whole', async () => {
    refuses(() => github({ ownerId: '1', branch: /main/ }), 'must be a string')
    refuses(() => github({ ownerId: '1', branch: glob(/main/ as unknown as string) }), 'glob() takes a pattern')
    expect(await answer(githubActions({ ownerId: '1234567', branch: glob('^main$|.*') }), githubPush)).toBe(
      'workload_forbidden',
    )
    const odd = githubActions({ ownerId: '1234567', environment: glob('^production$|.*') })
    expect(await answer(odd, { ...githubPush, environment: 'production' })).toBe('workload_forbidden')
    const inner = { ...custom, ref: 'refs/heads/evil-main-x' }
    expect(
      await answer(githubActions({ ownerId: '1234567', branch: glob('main') }), claimsWith(githubPush, inner)),
    ).toBe('workload_forbidden')
    const alternation = githubActions({ ownerId: '1234567', branch: glob('a|main') })
    expect(await answer(alternation, githubPush)).toBe('workload_forbidden')
  })

  test.each([
    ['"false"', 'false', 'workload_forbidden'],
    ['empty', '', 'workload_forbidden'],
    ['missing', undefined, 'workload_forbidden'],
    ['the boolean true', true, 'claims_invalid'],
    ['1', 1, 'claims_invalid'],
    ['"TRUE"', 'TRUE', 'claims_invalid'],
    ['"true"', 'true', 'allowed'],
  ])('attack E4: a protection flag that is %s', async (_, value, code) => {
    const rule = gitlab({ repositoryId: '48120077', branch: 'main', refProtected: true })
    expect(await answer(rule, claimsWith(gitlabPush, { ref_protected: value }))).toBe(code)
  })

  test.each(['false', 'true', 0, null])('attack E4: a shell rerun flag that is %j is refused', async (value) => {
    expect(await answer(circleMain, claimsWith(circleciPush, { 'oidc.circleci.com/ssh-rerun': value }))).toBe(
      'claims_invalid',
    )
  })

  test('attack E4: ids are text, and a number does not match', async () => {
    refuses(() => github({ ownerId: 1_234_567 }), "quote it, '1234567'")
    expect(
      await answer(
        githubActions({ ownerId: '1234567' }),
        claimsWith(githubPush, { ...custom, repository_owner_id: 1_234_567 }),
      ),
    ).toBe('claims_invalid')
  })

  test('attack E5: a token for us and another service is refused', async () => {
    const both = { aud: [audience, 'https://other.example'] }
    expect(await answer(main, claimsWith(githubPush, both))).toBe('audience_multiple')
    expect(await answer(labMain, claimsWith(gitlabPush, both))).toBe('audience_multiple')
    expect(
      await answer(labMain, claimsWith(gitlabPush, { aud: ['https://other.example', 'https://third.example'] })),
    ).toBe('audience_mismatch')
  })

  test('attack E5: several values in one text are not one of them', async () => {
    const rule = githubActions({ ownerId: '1234567', claims: { repo_property_region: 'eu-north' } })
    expect(await answer(rule, claimsWith(githubPush, { repo_property_region: 'eu-north-2' }))).toBe(
      'workload_forbidden',
    )
    expect(await answer(rule, claimsWith(githubPush, { repo_property_region: 'us-east,eu-north-2' }))).toBe(
      'workload_forbidden',
    )
  })

  test('attack E6: an audience that many services share is refused', async () => {
    for (const shared of ['https://github.com/acme', 'sts.amazonaws.com', 'sigstore', 'api://AzureADTokenExchange']) {
      refuses(() => createVerifier({ audience: shared, trust: main }), 'others could replay their tokens here')
    }
    refuses(() => createVerifier({ audience: 'https://gitlab.com', trust: labMain }), 'choose a name of this API')
    refuses(() => createVerifier({ audience: org, trust: circleMain }), 'choose a name of this API')
    expect(await answer(main, claimsWith(githubPush, { aud: 'https://github.com/acme' }))).toBe('audience_mismatch')
  })

  test('attack E7: an old token, and one with a long lifetime, are refused', async () => {
    const hourOld = { iat: now - 3500, nbf: now - 3505, exp: now + 100 }
    expect(await answer(labMain, claimsWith(gitlabPush, hourOld), { maxTokenAge: 600 })).toBe('token_too_old')
    expect(
      await answer(circleMain, claimsWith(circleciPush, { iat: now - 3500, exp: now + 100 }), { maxTokenAge: 600 }),
    ).toBe('token_too_old')
    expect(await answer(labMain, claimsWith(gitlabPush, { exp: now + 1_000_000 }))).toBe('token_lifetime')
  })

  test('attack E8: age is measured from iat, not from a backdated nbf', async () => {
    const backDated = { iat: now - 5, nbf: now - 605, exp: now + 295 }
    expect(await answer(main, claimsWith(githubPush, backDated), { maxTokenAge: 60 })).toBe('allowed')
    const old = { iat: now - 200, nbf: now, exp: now + 100 }
    expect(await answer(main, claimsWith(githubPush, old), { maxTokenAge: 60 })).toBe('token_too_old')
  })

  test('attack E9: a weak rule next to a strong one still requires its own conditions', async () => {
    const weak = githubActions({ ownerId: '1234567', event: 'pull_request' })
    const strong = githubActions({ repositoryId: '74205118', branch: 'main' })
    const pull = { ...custom, event_name: 'pull_request', ref: 'refs/pull/9/merge' }
    expect(await answer([weak, strong], claimsWith(githubPush, pull))).toBe('allowed')
    const verifier = createVerifier({ audience, trust: [weak, strong], fetch: fetchKeys(), clock: clockAt(now) })
    const error = await refusalOf(verifier.guard(strong)(`Bearer ${signToken(claimsWith(githubPush, pull))}`))
    expect(error.code).toBe('workload_forbidden')
  })

  test.each([
    'https://gitlab.com.evil.example',
    'https://gitlab.com/',
    'https://gitlab.com#x',
    'https://gitlab.com?x',
    'https://gitlab.com%2F',
    ' https://gitlab.com',
    'https://GitLab.com',
    'https://gitlab.com:443',
    'https://gitl\u0430b.com',
    'http://gitlab.com',
    'gitlab.com',
  ])('attack E10: the issuer %j is not trusted', async (iss) => {
    expect(await answer(labMain, claimsWith(gitlabPush, { iss }))).toBe('issuer_untrusted')
  })

  test.each([
    'https://gitlab.acme.dev?x',
    'https://gitlab.acme.dev#x',
    'https://user@gitlab.acme.dev',
    'http://gitlab.acme.dev',
  ])('attack E10: %s is refused as an issuer in options', (issuer) => {
    refuses(() => gitlab.at(issuer), /"https:\/\/gitlab\.acme\.dev"|must be https:/)
  })

  test('attack E10: names with trailing or hidden characters are refused', async () => {
    for (const repository of [
      'acme/shop ',
      'acme/shop\u0000',
      'acme/shop\n',
      'acme/shop/',
      'acme\u2215shop',
      'acme%2Fshop',
      'acme/sh\u043Ep',
    ]) {
      expect(await answer(main, claimsWith(githubPush, { ...custom, repository }))).toBe('workload_forbidden')
    }
  })
})
