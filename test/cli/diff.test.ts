// `jobpass diff`: planted changes of access are found, each with a job that shows it, and equal
// policies that are written differently have no difference.

import { comparePolicies } from '@jobpass/cli/internal'
import { decide } from '@jobpass/core'
import type { TrustRule } from '@jobpass/core'
import { parsePolicy } from '@jobpass/policy'
import { providers } from '@jobpass/policy/built-in'
import { createTestIssuer } from '@jobpass/testing'
import { githubActions } from '@jobpass/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Program } from './program.ts'
import { bundleProgram, hasTerminals } from './program.ts'
import { matchesSchema } from './schemas.ts'

const read = (rules: string): Parameters<typeof comparePolicies>[0] => {
  const text = `rules:\n  deploy: ${rules}\n`
  return { path: 'policy.yaml', text, format: 'yaml', policy: parsePolicy(text, { providers }) }
}

const gh = 'provider: github-actions'
const gl = 'provider: gitlab'
const shop = `${gh}, repositoryId: '74205118'`
const org = '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22'

/** The narrower rules, and the wider ones. */
const widenings: readonly (readonly [what: string, narrow: string, wide: string])[] = [
  ['a branch is added to a list', `{ ${shop}, branch: main }`, `{ ${shop}, branch: [main, dev] }`],
  ['a branch becomes a pattern', `{ ${shop}, branch: release/1 }`, `{ ${shop}, branch: { glob: release/* } }`],
  [
    'a pattern takes more segments',
    `{ ${shop}, branch: { glob: release/* } }`,
    `{ ${shop}, branch: { glob: release/** } }`,
  ],
  ['a branch is dropped', `{ ${shop}, branch: main }`, `{ ${shop} }`],
  [
    'a repository becomes its owner',
    `{ ${gh}, ownerId: '1234567', repositoryId: '74205118' }`,
    `{ ${gh}, ownerId: '1234567' }`,
  ],
  [
    'an event that outsiders start is named',
    `{ ${shop}, branch: main }`,
    `{ ${shop}, branch: main, event: [push, issue_comment, workflow_dispatch, repository_dispatch, schedule, release, create, deployment, merge_group] }`,
  ],
  ['an event is added to those named', `{ ${shop}, event: push }`, `{ ${shop}, event: [push, pull_request] }`],
  ['an environment is dropped', `{ ${shop}, environment: production }`, `{ ${shop} }`],
  [
    'a negation is dropped',
    `{ ${shop}, branch: { allOf: [{ glob: '*' }, { not: preview }] } }`,
    `{ ${shop}, branch: { glob: '*' } }`,
  ],
  ['a negation excludes less', `{ ${shop}, branch: { not: [a, b] } }`, `{ ${shop}, branch: { not: [a] } }`],
  [
    'an absent environment may be any',
    `{ ${shop}, branch: main, environment: { present: false } }`,
    `{ ${shop}, branch: main }`,
  ],
  ['any tag instead of releases', `{ ${shop}, tag: { semver: {} } }`, `{ ${shop}, tag: { present: true } }`],
  [
    'prereleases may call, too',
    `{ ${shop}, tag: { semver: {} } }`,
    `{ ${shop}, tag: { semver: { prerelease: true } } }`,
  ],
  ['a raw claim is dropped', `{ ${shop}, claims: { repo_property_tier: production } }`, `{ ${shop} }`],
  ['a rule for another platform is added', `{ ${shop} }`, `[{ ${shop} }, { ${gl}, ownerId: '99' }]`],
  ['a workflow file is dropped', `{ ${shop}, workflowFile: .github/workflows/ci.yml }`, `{ ${shop} }`],
  [
    'a project of a group becomes the group',
    `{ ${gl}, ownerId: '99', repositoryId: '48120077' }`,
    `{ ${gl}, ownerId: '99' }`,
  ],
  ['a protected ref may be any', `{ ${gl}, ownerId: '99', refProtected: true }`, `{ ${gl}, ownerId: '99' }`],
  ['tokens may be older', `{ ${shop}, settings: { maxTokenAge: 60 } }`, `{ ${shop}, settings: { maxTokenAge: 200 } }`],
  ['tokens may be of any age', `{ ${shop}, settings: { maxTokenAge: 60 } }`, `{ ${shop} }`],
  [
    'a rule that only reports is enforced',
    `[{ ${shop}, branch: main }, { ${shop}, branch: dev, reportOnly: true }]`,
    `[{ ${shop}, branch: main }, { ${shop}, branch: dev }]`,
  ],
  [
    'a repository of CircleCI is added',
    `{ provider: circleci, ownerId: ${org}, repository: github.com/acme/shop }`,
    `{ provider: circleci, ownerId: ${org}, repository: [github.com/acme/shop, github.com/acme/docs] }`,
  ],
  [
    'one of two conditions is dropped by a second rule',
    `{ ${shop}, branch: main, environment: production }`,
    `[{ ${shop}, branch: main, environment: production }, { ${shop}, environment: production, branch: [main, next] }]`,
  ],
]

describe.each(widenings)('%s', (_, narrow, wide) => {
  test('the wider policy gains jobs, and a job that shows it is decided so', async () => {
    const [before, after] = [read(narrow), read(wide)]
    const changes = await comparePolicies(before, after)
    expect(new Set(changes.map(({ kind }) => kind))).toEqual(new Set(['gained']))
    const enforced = (file: typeof before): TrustRule[] =>
      (file.policy.entries['deploy'] ?? []).filter((rule) => rule.effect === 'allow') as TrustRule[]
    for (const { job } of changes) {
      expect(decide(enforced(after), job!.workload).allowed).toBe(true)
      expect(decide(enforced(before), job!.workload).allowed).toBe(false)
    }
  })

  test('the other way round, jobs lose access', async () => {
    const changes = await comparePolicies(read(wide), read(narrow))
    expect(new Set(changes.map(({ kind }) => kind))).toEqual(new Set(['lost']))
  })
})

const equals: readonly (readonly [what: string, one: string, other: string])[] = [
  ['a list as two rules', `{ ${shop}, branch: [main, dev] }`, `[{ ${shop}, branch: dev }, { ${shop}, branch: main }]`],
  [
    'another order of lists and rules',
    `[{ ${shop}, branch: [a, b] }, { ${gl}, ownerId: '99' }]`,
    `[{ ownerId: '99', ${gl} }, { branch: [b, a], ${shop} }]`,
  ],
  ['a branch by its ref', `{ ${shop}, branch: main }`, `{ ${shop}, branch: [main] }`],
  ['a rule that another covers', `[{ ${shop} }, { ${shop}, branch: main }]`, `{ ${shop} }`],
  [
    'a value that a pattern covers',
    `{ ${shop}, branch: [{ glob: release/* }, release/1] }`,
    `{ ${shop}, branch: { glob: release/* } }`,
  ],
  ['the issuer written out', `{ ${shop} }`, `{ ${shop}, issuer: 'https://token.actions.githubusercontent.com' }`],
  ['a rule twice', `[{ ${shop} }, { ${shop} }]`, `{ ${shop} }`],
  ['a name in other letters', `{ ${gh}, repository: acme/shop }`, `{ ${gh}, repository: Acme/Shop }`],
  [
    'two lists as four rules',
    `{ ${shop}, branch: [a, b], environment: [x, y] }`,
    `[{ ${shop}, branch: a, environment: [x, y] }, { ${shop}, branch: b, environment: x }, { ${shop}, branch: b, environment: y }]`,
  ],
]

test.each(equals)('is no difference: %s', async (_, one, other) => {
  expect(await comparePolicies(read(one), read(other))).toEqual([])
  expect(await comparePolicies(read(other), read(one))).toEqual([])
})

describe('the program', () => {
  let program: Program
  beforeAll(async () => {
    program = await bundleProgram()
    program.write('old.yaml', `rules:\n  deploy: { ${shop}, branch: main }\n`)
    program.write('new.yaml', `rules:\n  deploy: { ${shop}, branch: [main, dev] }\n`)
  })
  afterAll(() => program.remove())

  test('exits with 0 for equal policies, and with 1 for others', async () => {
    const same = await program.run(['diff', 'old.yaml', 'old.yaml'])
    expect(same).toEqual({ code: 0, out: 'no difference: the same jobs have access\n', err: '' })
    const other = await program.run(['diff', 'old.yaml', 'new.yaml'])
    expect(other.code).toBe(1)
    expect(other.out).toBe(
      [
        'Gains access: deploy, new.yaml:2:11',
        '  github-actions, repositoryId "74205118", branch "dev"',
        '  for example repository acme/shop, ref refs/heads/dev, branch dev, event push',
        '',
      ].join('\n'),
    )
  })

  test('prints JSON by its schema, and Markdown for a comment', async () => {
    const { out, code } = await program.run(['diff', '--json', 'old.yaml', 'new.yaml'])
    expect(code).toBe(1)
    await matchesSchema(program, 'diff', JSON.parse(out))
    expect(JSON.parse((await program.run(['diff', '--json', 'old.yaml', 'old.yaml'])).out)).toEqual({
      equal: true,
      changes: [],
      recorded: [],
    })
    const comment = await program.run(['diff', '--format', 'markdown', 'old.yaml', 'new.yaml'])
    expect(comment.out).toMatch(
      /^\*\*jobpass diff\*\*: access changes\n\n\| \| Route \| Rule \| Jobs \| For example \|\n/,
    )
  })

  test.skipIf(!hasTerminals)('prints the same in a terminal of 20 columns, with colours', async () => {
    const piped = await program.run(['diff', 'old.yaml', 'new.yaml'])
    const { out, code } = await program.runInTerminal(['diff', 'old.yaml', 'new.yaml'], { columns: 20 })
    expect(code).toBe(1)
    expect(out).toContain('\u001b[33mGains access\u001b[39m: deploy')
    const plain = await program.runInTerminal(['diff', 'old.yaml', 'new.yaml'], { env: { NO_COLOR: '1' } })
    expect(plain.out.replaceAll('\r\n', '\n')).toBe(piped.out)
  })

  test('recorded verdicts show which real jobs gain access', async () => {
    const issuer = await createTestIssuer(githubActions)
    const line = (branch: string): string =>
      JSON.stringify({
        layer: 'route',
        allowed: branch === 'main',
        workload: {
          provider: 'github-actions',
          repository: 'acme/shop',
          branch,
          event: 'push',
          claims: issuer.claims({ branch }),
        },
      })
    program.write('verdicts.jsonl', [line('main'), line('dev'), line('dev'), '{"layer":"token"}', ''].join('\n'))
    const { out, code } = await program.run(['diff', 'old.yaml', 'new.yaml', '--recorded', 'verdicts.jsonl'])
    expect(code).toBe(1)
    expect(out).toContain(
      'Gains access: deploy, 2 recorded, last in line 3: repository acme/shop, branch dev, event push\n',
    )
  })
})
