// Conditions on claims of each JSON type, and on claims with dots, slashes and colons in their
// names: real tokens of providers with such claims.

import {
  absent,
  aws,
  buildkite,
  circleci,
  createVerifier,
  defineProvider,
  gitlab,
  glob,
  kubernetes,
  not,
  present,
  pulumiEsc,
  WorkloadAuthError,
} from '@jobpass/core'
import type { AnyWorkload, TrustRule } from '@jobpass/core'
import { createTestIssuer } from '@jobpass/testing'
import { describe, expect, test } from 'vitest'

const audience = 'https://api.acme.dev'

/** A provider, typed so that tests can write invalid conditions. */
interface Caller {
  (conditions: object): TrustRule<never>
}

/** An issuer, and calls with its tokens: `'admitted'`, or the code of the refusal. */
async function world(
  provider: Parameters<typeof createTestIssuer>[0] & Caller,
  tenant: object,
): Promise<{
  call(claims: object, token?: object, trigger?: string): Promise<string>
  rule(claims: object): TrustRule<never>
}> {
  const issuer = await createTestIssuer(provider)
  const rule = (claims: object): TrustRule<never> => provider({ ...tenant, claims })
  return {
    rule,
    call: async (claims, given = {}, trigger) => {
      const trust = rule(claims) as unknown as TrustRule<AnyWorkload>
      const token = await issuer.mint({ aud: audience, ...given }, trigger ? { trigger: trigger as never } : {})
      return createVerifier({ audience, trust, fetch: issuer.fetch })
        .verify(token)
        .then(
          () => 'admitted',
          (error: unknown) => (error instanceof WorkloadAuthError ? error.code : String(error)),
        )
    },
  }
}

const anyCaller = (provider: unknown): Parameters<typeof createTestIssuer>[0] & Caller => provider as never

const steps = await world(anyCaller(buildkite), { ownerId: '0188d2f4-1111-4222-8333-444455556666' })
const circles = await world(anyCaller(circleci), { ownerId: '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22' })
const projects = await world(anyCaller(gitlab), { owner: 'acme' })
const cluster = await world(
  anyCaller(kubernetes.at('https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF')),
  { serviceAccountId: 'ac6d5e4f-0000-4031-9c2d-3e4f50617283' },
)
const accounts = await world(anyCaller(aws), {
  issuerId: '0f1e2d3c-4b5a-4697-8877-665544332211',
  ownerId: '210987654321',
})
const environments = await world(anyCaller(pulumiEsc), { owner: 'tidewater' })

const pod = {
  namespace: 'ci',
  pod: { name: 'release-1-abcde', uid: '9b5c4d3e-0000-4f20-8b1c-2d3e4f506172' },
  serviceaccount: { name: 'release-bot', uid: 'ac6d5e4f-0000-4031-9c2d-3e4f50617283' },
  warnafter: 1_795_165_207,
}
const sts = 'https://sts.amazonaws.com/'
const principal = {
  aws_account: '210987654321',
  org_id: 'o-tidewater01',
  ou_path: ['o-tidewater01/r-ab12/ou-ab12-11111111/'],
  principal_tags: { team: 'platform', 'cost/centre': '07' },
  request_tags: { build: '412' },
}

describe('number claims', () => {
  test.each([
    [{ build_number: 412 }, 'admitted'],
    [{ build_number: [411, 412] }, 'admitted'],
    [{ build_number: not(412) }, 'workload_forbidden'],
    [{ build_number: 413 }, 'workload_forbidden'],
    [{ build_number: present() }, 'admitted'],
  ])('%j', async (claims, answer) => expect(await steps.call(claims)).toBe(answer))

  test('a number does not match text, and text does not match a number', async () => {
    expect(await steps.call({ build_number: 412 }, { build_number: '412' })).toBe('claims_invalid')
    expect(() => steps.rule({ build_number: '412' })).toThrow('must be a number, not "412"')
    expect(() => steps.rule({ build_number: NaN })).toThrow('must be a number')
    expect(() => steps.rule({ build_number: glob('4*') })).toThrow('takes exact values only')
  })

  test('a number does not match another spelling of it', async () => {
    expect(await steps.call({ build_number: 1 }, { build_number: true })).toBe('claims_invalid')
    expect(await steps.call({ build_number: 412 }, { build_number: [412] })).toBe('claims_invalid')
  })
})

describe('boolean claims', () => {
  const rerun = 'oidc.circleci.com/ssh-rerun'

  test.each([
    [{ [rerun]: false }, false, 'admitted'],
    [{ [rerun]: true }, true, 'admitted'],
    [{ [rerun]: true }, false, 'workload_forbidden'],
    [{ [rerun]: false }, true, 'workload_forbidden'],
    [{ [rerun]: [true, false] }, true, 'admitted'],
  ])('%j of %j', async (claims, value, answer) => expect(await circles.call(claims, { [rerun]: value })).toBe(answer))

  test('a boolean matches neither text nor a number', async () => {
    expect(await circles.call({ [rerun]: false }, { [rerun]: 'false' })).toBe('claims_invalid')
    expect(await circles.call({ [rerun]: false }, { [rerun]: 0 })).toBe('claims_invalid')
    expect(() => circles.rule({ [rerun]: 'false' })).toThrow('must be a boolean')
    expect(() => circles.rule({ [rerun]: 0 })).toThrow('must be a boolean')
  })

  test('a boolean that is sent as text is compared as text', async () => {
    expect(await projects.call({ ref_protected: 'true' }, { namespace_path: 'acme', ref_protected: 'true' })).toBe(
      'admitted',
    )
    expect(await projects.call({ ref_protected: 'true' }, { namespace_path: 'acme', ref_protected: true })).toBe(
      'claims_invalid',
    )
    expect(() => projects.rule({ ref_protected: true })).toThrow('must be a string')
  })
})

describe('null claims', () => {
  test.each([
    [{ step_key: absent() }, null, 'admitted'],
    [{ step_key: absent() }, undefined, 'admitted'],
    [{ step_key: absent() }, '', 'admitted'],
    [{ step_key: absent() }, 'publish', 'workload_forbidden'],
    [{ step_key: present() }, null, 'workload_forbidden'],
    [{ step_key: 'null' }, null, 'workload_forbidden'],
    [{ step_key: not('publish') }, null, 'workload_forbidden'],
    [{ step_key: glob('*') }, null, 'workload_forbidden'],
  ])('%j of %j', async (claims, value, answer) => expect(await steps.call(claims, { step_key: value })).toBe(answer))

  test('null is not a condition', () => {
    expect(() => steps.rule({ step_key: null })).toThrow('absent() for "is not there"')
  })

  test('null is refused for a required claim', async () => {
    expect(await steps.call({ build_number: 412 }, { pipeline_slug: null })).toBe('claims_invalid')
  })
})

describe('list claims', () => {
  const contexts = 'oidc.circleci.com/context-ids'
  const [first, second] = ['b7a9f0d4-77c0-4b6f-8d0e-5a1b2c3d4e5f', 'c8ba01e5-88d1-4c70-9e1f-6b2c3d4e5f60']

  test.each([
    [{ [contexts]: first }, [first], 'admitted'],
    [{ [contexts]: first }, [second, first], 'admitted'],
    [{ [contexts]: [first, second] }, [second], 'admitted'],
    [{ [contexts]: first }, [second], 'workload_forbidden'],
    [{ [contexts]: first }, [], 'workload_forbidden'],
    [{ [contexts]: absent() }, [], 'admitted'],
    [{ [contexts]: not(first) }, [second, first], 'workload_forbidden'],
    [{ [contexts]: not(first) }, [second], 'admitted'],
    [{ [contexts]: first }, first, 'claims_invalid'],
    [{ [contexts]: first }, [first, 7], 'claims_invalid'],
    [{ [contexts]: first }, [[first]], 'claims_invalid'],
  ])('%j of %j', async (claims, value, answer) =>
    expect(await circles.call(claims, { [contexts]: value })).toBe(answer),
  )

  test('a list in another claim matches a pattern', async () => {
    const under = (path: string): object => ({ [sts]: { ou_path: glob(path) } })
    expect(await accounts.call(under('o-tidewater01/r-ab12/*/'), { [sts]: principal })).toBe('admitted')
    expect(await accounts.call(under('o-tidewater01/r-cd34/*/'), { [sts]: principal })).toBe('workload_forbidden')
    expect(await accounts.call(under('o-tidewater01/*'), { [sts]: principal })).toBe('workload_forbidden')
  })
})

describe('object claims', () => {
  const of = (claims: object): object => ({ 'kubernetes.io': claims })

  test.each([
    [{ namespace: 'ci' }, 'admitted'],
    [{ namespace: 'ci', serviceaccount: { name: 'release-bot', uid: pod.serviceaccount.uid } }, 'admitted'],
    [{ pod: { name: glob('release-*') } }, 'admitted'],
    [{ warnafter: 1_795_165_207 }, 'admitted'],
    [{ node: { name: absent() } }, 'admitted'],
    [{ namespace: 'shop' }, 'workload_forbidden'],
    [{ namespace: 'ci', serviceaccount: { name: 'lint-bot' } }, 'workload_forbidden'],
    [{ warnafter: 1 }, 'workload_forbidden'],
    [{ node: { name: present() } }, 'workload_forbidden'],
  ])('%j', async (claims, answer) => expect(await cluster.call(of(claims), of(pod))).toBe(answer))

  test('members of an object have their own types', async () => {
    const rule = of({ namespace: 'ci' })
    expect(await cluster.call(of({ namespace: '412' }), of({ ...pod, namespace: 412 }))).toBe('claims_invalid')
    expect(await cluster.call(rule, of({ ...pod, warnafter: '1795165207' }))).toBe('claims_invalid')
    expect(await cluster.call(rule, of({ ...pod, serviceaccount: 'release-bot' }))).toBe('claims_invalid')
    expect(await cluster.call(rule, of({ ...pod, serviceaccount: [pod.serviceaccount] }))).toBe('claims_invalid')
    expect(await cluster.call(rule, of([pod]))).toBe('claims_invalid')
    expect(await cluster.call(rule, { 'kubernetes.io': JSON.stringify(pod) })).toBe('claims_invalid')
  })

  test('an object accepts only conditions on its members', () => {
    expect(() => cluster.rule({ 'kubernetes.io': 'ci' })).toThrow('must be an object of claims')
    expect(() => cluster.rule(of({}))).toThrow('is empty')
    expect(() => cluster.rule(of({ name_space: glob('c*') }))).toThrow("did you mean 'namespace'?")
    expect(() => cluster.rule(of({ serviceaccount: present() }))).toThrow("has no 'present'")
  })

  test('an object may have members with any name', async () => {
    const tags = (claims: object): object => ({ [sts]: { principal_tags: claims } })
    const token = { [sts]: principal }
    expect(await accounts.call(tags({ team: 'platform' }), token)).toBe('admitted')
    expect(await accounts.call(tags({ team: 'platform', 'cost/centre': '07' }), token)).toBe('admitted')
    expect(await accounts.call(tags({ team: 'shop' }), token)).toBe('workload_forbidden')
    // Tags that the caller put into its request are not tags of the principal.
    expect(await accounts.call(tags({ build: '412' }), token)).toBe('workload_forbidden')
    expect(await accounts.call({ [sts]: { request_tags: { build: '412' } } }, token)).toBe('admitted')
    expect(() => accounts.rule(tags({ 'cost/centre': 7 }))).toThrow("quote it, '7'")
    expect(
      await accounts.call(tags({ team: 'platform' }), { [sts]: { ...principal, principal_tags: { team: 7 } } }),
    ).toBe('claims_invalid')
  })
})

describe('claims that are lists of objects', () => {
  const agents = defineProvider({
    id: 'sample',
    title: 'Sample',
    issuer: 'https://ci.acme.dev',
    algorithms: ['ES256'],
    claims: { team: 'id', roots: [{ id: 'id', branch: 'text' }] },
    requiredClaims: { roots: 'rules of this server rely on it' },
    identity: { ownerId: 'team' },
    pins: ['ownerId'],
  })
  const roots = [{ id: '7', branch: 'main' }]

  test('a condition on a list of objects is a TypeError that says so', () => {
    for (const condition of [{ id: '7' }, [{ id: '7' }], '7', present(), absent()])
      expect(() => anyCaller(agents)({ ownerId: '7', claims: { roots: condition } })).toThrow(
        "'claims.roots' is a list of objects, which takes no condition; use where",
      )
  })

  test('the type of a list of objects is checked, and where can read it', async () => {
    const issuer = await createTestIssuer(agents)
    const verifier = createVerifier({
      audience,
      trust: agents({ ownerId: '7', where: ({ claims }) => claims.roots.every(({ branch }) => branch === 'main') }),
      fetch: issuer.fetch,
    })
    const call = async (value: unknown): Promise<string> =>
      verifier.verify(await issuer.mint({ aud: audience, team: '7', roots: value })).then(
        ({ claims }) => JSON.stringify(claims.roots),
        (error: unknown) => (error as WorkloadAuthError).code,
      )
    expect(await call(roots)).toBe('[{"id":"7","branch":"main"}]')
    expect(await call([...roots, { id: '8', branch: 'topic' }])).toBe('workload_forbidden')
    expect(await call([...roots, { id: 8, branch: 'main' }])).toBe('claims_invalid')
    expect(await call([...roots, { id: '8' }])).toBe('workload_forbidden')
    expect(await call([...roots, 'main'])).toBe('claims_invalid')
    expect(await call(roots[0])).toBe('claims_invalid')
  })
})

describe('claim names', () => {
  test('a name with dots is one name, not a path', async () => {
    expect(await circles.call({ 'oidc.circleci.com/vcs-origin': 'github.com/acme/shop' })).toBe('admitted')
    expect(await cluster.call({ 'kubernetes.io': { namespace: 'ci' } })).toBe('admitted')
    expect(await cluster.call({ 'kubernetes.io.namespace': 'ci' })).toBe('workload_forbidden')
    expect(() => cluster.rule({ kubernetes: { io: { namespace: 'ci' } } })).toThrow('takes exact values only')
    const twice = { 'kubernetes.io.namespace': 'ci', 'kubernetes.io': { ...pod, namespace: 'shop' } }
    const sub = 'system:serviceaccount:shop:release-bot'
    expect(await cluster.call({ 'kubernetes.io': { namespace: 'ci' } }, { ...twice, sub })).toBe('workload_forbidden')
  })

  test('a name with slashes is one name', async () => {
    expect(await environments.call({ 'https://pulumi.com/root_env': 'web/prod' })).toBe('admitted')
    expect(await environments.call({ 'https://pulumi.com/root_env': glob('web/*') })).toBe('admitted')
    expect(await environments.call({ 'https://pulumi.com/root_env': 'web' })).toBe('workload_forbidden')
    expect(await accounts.call({ [sts]: { org_id: 'o-tidewater01' } })).toBe('admitted')
    expect(() => accounts.rule({ 'https://sts.amazonaws.com': { org_id: 'o-tidewater01' } })).toThrow('takes exact')
  })

  test('a name with colons is one name, in a family or not', async () => {
    const tagged = { 'agent_tag:queue': 'release', 'agent_tag:os': 'linux' }
    expect(await steps.call({ 'agent_tag:queue': 'release' }, tagged)).toBe('admitted')
    expect(await steps.call({ 'agent_tag:queue': 'linux' }, tagged)).toBe('workload_forbidden')
    expect(await steps.call({ 'agent_tag:queue': 'release' }, { 'agent_tag:queue': 7 })).toBe('claims_invalid')
    expect(() => steps.rule({ agent_tag: { queue: 'release' } })).toThrow('takes exact values only')
  })
})

test('an id that looks like a number is text', async () => {
  const leading = { ...principal, aws_account: '021098765432' }
  const sub = 'arn:aws:iam::021098765432:role/release-bot'
  const account = anyCaller(aws)
  const issuerId = '0f1e2d3c-4b5a-4697-8877-665544332211'
  const zero = await world(account, { issuerId, ownerId: '021098765432' })
  expect(await zero.call({ [sts]: { aws_account: '021098765432' } }, { sub, [sts]: leading })).toBe('admitted')
  expect(
    await zero.call(
      { [sts]: { aws_account: '021098765432' } },
      { sub, [sts]: { ...leading, aws_account: 21_098_765_432 } },
    ),
  ).toBe('claims_invalid')
  expect(() => account({ issuerId, ownerId: 21_098_765_432 })).toThrow("quote it, '21098765432'")
  expect(await projects.call({ project_id: '20' }, { namespace_path: 'acme', project_id: '20' })).toBe('admitted')
  expect(await projects.call({ project_id: '20' }, { namespace_path: 'acme', project_id: '020' })).toBe(
    'workload_forbidden',
  )
  expect(await projects.call({ project_id: '20' }, { namespace_path: 'acme', project_id: 20 })).toBe('claims_invalid')
  expect(() => projects.rule({ project_id: 20 })).toThrow("quote it, '20'")
})
