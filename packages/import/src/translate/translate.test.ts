import { describe, expect, test } from 'vitest'
import type { ImportFinding } from '../model.ts'
import type { ClaimTest, Comparison, Pattern, Requirement, Scalar } from '../requirement.ts'
import { any, everything, nothing } from '../requirement.ts'
import { translate } from './translate.ts'

const github = 'https://token.actions.githubusercontent.com'

const of = (claim: string, comparison: Comparison, more: Partial<ClaimTest> = {}): ClaimTest => ({
  claim: [claim],
  comparison,
  negated: false,
  absentPasses: false,
  where: claim,
  ...more,
})
const is = (claim: string, ...values: readonly Scalar[]): ClaimTest => of(claim, { kind: 'equals', values })
const isLike = (claim: string, ...pattern: Pattern): ClaimTest => of(claim, { kind: 'like', patterns: [pattern] })
const isNot = (claim: string, ...values: readonly Scalar[]): ClaimTest => ({
  ...is(claim, ...values),
  negated: true,
  absentPasses: true,
})

const imported = (requirement: Requirement, issuer: string | undefined = github, options = {}) =>
  translate([{ name: 'deploy', where: 'text', issuer, requirement }], options)

const rulesOf = (requirement: Requirement, issuer?: string): unknown =>
  imported(requirement, issuer).policy?.rules['deploy']

const messages = (findings: readonly ImportFinding[], wanted: string): string =>
  findings
    .filter(({ level }) => level === wanted)
    .map(({ message }) => message)
    .join('\n')

describe('claims', () => {
  test('are fields where the table has them, and claims where it does not', () => {
    const tests = [is('repository_id', '7'), is('ref_protected', 'true'), is('actor', 'mara'), is('ref_type', 'branch')]
    expect(rulesOf({ all: tests })).toEqual([
      {
        provider: 'github-actions',
        repositoryId: '7',
        refProtected: true,
        claims: { actor: 'mara', ref_type: 'branch' },
      },
    ])
  })

  test('alternatives that differ in one value are one rule with a list', () => {
    const either = {
      any: [is('repository', 'acme/a'), is('repository', 'acme/b'), isLike('repository', 'acme/x-', any)],
    }
    expect(rulesOf(either)).toEqual([
      { provider: 'github-actions', repository: ['acme/a', 'acme/b', { glob: 'acme/x-*' }] },
    ])
  })

  test('a branch is named by its short name, and keeps its ref where events are named', () => {
    const main = [is('repository', 'acme/a'), is('ref', 'refs/heads/main')]
    expect(rulesOf({ all: main })).toEqual([{ provider: 'github-actions', repository: 'acme/a', branch: 'main' }])
    expect(rulesOf({ all: [...main, is('event_name', 'pull_request_target')] })).toEqual([
      { provider: 'github-actions', repository: 'acme/a', ref: 'refs/heads/main', event: 'pull_request_target' },
    ])
  })

  test('a value of another type, or one that the platform never sends, matches no token', () => {
    const { policy, findings } = imported({ all: [is('repository', 'acme/a'), is('repository_id', 7)] })
    expect(policy).toBeUndefined()
    expect(messages(findings, 'refused')).toContain('No token has 7 there')
    expect(imported({ all: [is('repository', 'acme/a'), is('ref_type', 'commit')] }).policy).toBeUndefined()
  })

  test('an exclusion of one of all values names the others', () => {
    expect(rulesOf({ all: [is('repository', 'acme/a'), isNot('ref_type', 'tag')] })).toEqual([
      { provider: 'github-actions', repository: 'acme/a', claims: { ref_type: 'branch' } },
      { provider: 'github-actions', repository: 'acme/a', claims: { ref_type: { present: false } } },
    ])
  })

  test('a claim that no table lists is refused, since its type is unknown', () => {
    const { policy, findings } = imported({ all: [is('repository', 'acme/a'), is('color', 'red')] })
    expect(policy).toBeUndefined()
    expect(messages(findings, 'refused')).toContain('no such claim')
  })

  test('an item of a list is compared with a list only', () => {
    const circle = 'https://oidc.circleci.com/org/3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22'
    const context = 'b7a9f0d4-77c0-4b6f-8d0e-5a1b2c3d4e5f'
    const item: Comparison = { kind: 'equals', values: [context] }
    expect(rulesOf(of('oidc.circleci.com/context-ids', { kind: 'hasItem', item }), circle)).toEqual([
      { provider: 'circleci', ownerId: '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22', contextIds: context },
    ])
    expect(rulesOf(of('oidc.circleci.com/context-ids', item), circle)).toBeUndefined()
    expect(rulesOf({ all: [is('repository', 'a/b'), of('ref', { kind: 'hasItem', item })] })).toBeUndefined()
  })
})

describe('issuers', () => {
  test('a server of one’s own is of the platform that the option names, and GitHub’s servers are known', () => {
    const requirement = is('project_path', 'acme/shop')
    expect(imported(requirement, 'https://git.acme.dev').policy).toBeUndefined()
    expect(imported(requirement, 'https://git.acme.dev', { provider: 'gitlab' }).policy?.rules).toEqual({
      deploy: [{ provider: 'gitlab', issuer: 'https://git.acme.dev', repository: 'acme/shop' }],
    })
    const enterprise = 'https://git.acme.dev/_services/token'
    expect(rulesOf(is('repository', 'acme/shop'), enterprise)).toEqual([
      { provider: 'github-actions', issuer: enterprise, repository: 'acme/shop' },
    ])
  })

  test.each([[undefined], ['http://gitlab.com'], ['https://nobody.example'], ['no URL']])(
    'the issuer %s is refused',
    (issuer) => {
      const { policy, findings } = translate([{ name: 'a', where: 'x', issuer, requirement: is('repository', 'a/b') }])
      expect(policy).toBeUndefined()
      expect(findings.map(({ level }) => level)).toEqual(['refused'])
    },
  )

  test('an issuer that the source does not name comes from the options, and so does the name of the set', () => {
    const options = { issuer: github, set: 'publish' }
    const grant = { name: 'a', where: 'x', issuer: undefined, requirement: is('repository', 'acme/a') }
    expect(translate([grant], options).policy?.rules).toEqual({
      publish: [{ provider: 'github-actions', repository: 'acme/a' }],
    })
  })

  test('a test of the issuer is decided by the issuer', () => {
    expect(rulesOf({ all: [is('iss', github), is('repository', 'acme/a')] })).toBeDefined()
    expect(rulesOf({ all: [is('iss', 'https://gitlab.com'), is('repository', 'acme/a')] })).toBeUndefined()
  })
})

describe('audiences', () => {
  const shop = is('repository', 'acme/shop')
  const docs = is('repository', 'acme/docs')

  test('one for all rules is an audience of the import', () => {
    const { policy, audiences } = imported({ all: [is('aud', 'https://api.acme.dev'), shop] })
    expect(audiences).toEqual(['https://api.acme.dev'])
    expect(JSON.stringify(policy)).not.toContain('settings')
  })

  test('different ones are settings of the rules', () => {
    const { policy, audiences } = imported({ any: [{ all: [is('aud', 'a'), shop] }, { all: [is('aud', 'b'), docs] }] })
    expect(audiences).toEqual(['a', 'b'])
    expect(policy?.rules['deploy']?.map(({ settings }) => settings)).toEqual([{ audience: ['a'] }, { audience: ['b'] }])
  })

  test('none is an accident, with an example', () => {
    const { audiences, findings } = imported(shop)
    expect(audiences).toEqual([])
    expect(findings.find(({ example }) => example?.['aud'] !== undefined)?.level).toBe('accident')
  })

  test('a pattern, an exclusion and a contradiction are refused', () => {
    expect(imported({ all: [isLike('aud', 'api://', any), shop] }).policy).toBeUndefined()
    expect(imported({ all: [isNot('aud', 'a'), shop] }).policy).toBeUndefined()
    expect(imported({ all: [is('aud', 'a'), is('aud', 'b'), shop] }).policy).toBeUndefined()
  })
})

describe('limits', () => {
  const many = (count: number): readonly ClaimTest[] =>
    Array.from({ length: count }, (_, index) => is('repository', `acme/r${index}`))

  test('up to 64 alternatives are translated, and more are refused', () => {
    expect(rulesOf({ any: many(64) })).toHaveLength(1)
    expect(messages(imported({ any: many(65) }).findings, 'refused')).toContain('more than 64 alternatives')
  })

  test('a long list of subjects is translated where its rules can be joined', () => {
    const patterns = Array.from({ length: 200 }, (_, index) => [`repo:acme/r${index}:`, any] as const)
    const rules = rulesOf(of('sub', { kind: 'like', patterns })) as readonly {
      readonly repository: readonly string[]
    }[]
    expect(rules.map(({ repository }) => repository.length)).toEqual([200])
  })

  test('a requirement that each token satisfies, or none, makes no rule', () => {
    expect(imported(everything).policy).toBeUndefined()
    expect(messages(imported(everything).findings, 'refused')).toContain('pins no tenant')
    expect(messages(imported(nothing).findings, 'refused')).toContain('admits no token')
  })
})

describe('subjects', () => {
  test('a pattern and an exact subject that it does not match are refused', () => {
    const tests = [is('sub', 'repo:acme/a:pull_request'), isLike('sub', 'repo:acme/b:', any)]
    expect(messages(imported({ all: tests }).findings, 'refused')).toContain('does not pass all conditions')
  })

  test('an exclusion of a subject also excludes the claims of which it is made', () => {
    const rules = rulesOf({ all: [is('repository_owner', 'acme'), isNot('sub', 'repo:acme/a:ref:refs/heads/x')] })
    expect(rules).toContainEqual({
      provider: 'github-actions',
      owner: 'acme',
      repository: { not: 'acme/a' },
      subject: { not: 'repo:acme/a:ref:refs/heads/x' },
    })
  })

  test('all refs of a pattern leave out pull requests, also where the event is named', () => {
    const tests = [isLike('sub', 'repo:acme/a:ref:', any), is('event_name', 'push', 'pull_request')]
    expect(rulesOf({ all: tests })).toEqual([
      {
        provider: 'github-actions',
        repository: 'acme/a',
        environment: { present: false },
        event: { allOf: [['push', 'pull_request'], { not: 'pull_request' }] },
      },
    ])
  })

  test('names that are compared without letter case are noted, except next to an exact subject', () => {
    const noted = (requirement: Requirement): boolean =>
      messages(imported(requirement).findings, 'note').includes('letter case')
    expect(noted(isLike('sub', 'repo:acme/a:', any))).toBe(true)
    expect(noted(is('sub', 'repo:acme/a:ref:refs/heads/main'))).toBe(false)
  })

  test('GitLab’s environment is a protected one, since jobs choose the name of another', () => {
    const requirement = { all: [is('project_path', 'acme/a'), is('environment', 'production')] }
    const { policy, findings } = imported(requirement, 'https://gitlab.com')
    expect(policy?.rules['deploy']).toEqual([
      { provider: 'gitlab', repository: 'acme/a', environment: 'production', environmentProtected: true },
    ])
    expect(messages(findings, 'stricter')).toContain('protected environment')
  })
})
