import { githubActions, gitlab, parseRule } from '@jobpass/core'
import type { RuleJson, TrustRule } from '@jobpass/core'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { providers } from '@jobpass/policy/built-in'
import { readRule } from './read-rule.ts'
import { readTypeScript } from './typescript-rule.ts'
import { writeRules } from './write-rule.ts'

function jsonOf(text: string): readonly RuleJson[] {
  const read = readTypeScript(text)
  if ('faults' in read) throw new Error(read.faults[0]?.message)
  return read.rules.map((rule) => (rule as TrustRule).toJSON())
}

const faultOf = (text: string): string => {
  const read = readTypeScript(text)
  if (!('faults' in read)) return 'no fault'
  const [fault] = read.faults
  return `${fault?.line}:${fault?.column} ${fault?.message}`
}

const issuer = 'https://token.actions.githubusercontent.com'

test('reads calls with lists, helpers, settings, comments and escapes', () => {
  const text = `// the shop
    githubActions({
      repository: 'acme/shop',
      'branch': ["main", glob(\`release/*\`)],
      environment: not('pre\\u0076iew'), /* no previews */
      claims: { repo_property_tier: "gold" },
    }, { maxTokenAge: 1_00 });
    gitlab.at('https://gitlab.acme.dev')({ ownerId: '99', tag: allOf(semver({ prefix: 'v' }), not('v1.0.0')) })`
  expect(jsonOf(text)).toEqual([
    {
      provider: 'github-actions',
      issuer,
      repository: 'acme/shop',
      branch: ['main', { glob: 'release/*' }],
      environment: { not: 'preview' },
      claims: { repo_property_tier: 'gold' },
      settings: { maxTokenAge: 100 },
    },
    {
      provider: 'gitlab',
      issuer: 'https://gitlab.acme.dev',
      ownerId: '99',
      tag: { allOf: [{ semver: { prefix: 'v' } }, { not: 'v1.0.0' }] },
    },
  ])
})

test('reads lists, requireWorkload() and oneTime()', () => {
  const one = `githubActions({ ownerId: '1' })`
  expect(jsonOf(`[${one}, ${one},]`)).toHaveLength(2)
  expect(jsonOf(`requireWorkload(${one})`)).toHaveLength(1)
  expect(jsonOf(`oneTime(${one}, { per: 'run' })`)[0]?.settings).toEqual({ oneTime: { per: 'run' } })
})

test.each([
  ['', /^1:1 There is no rule yet/],
  [`githubActions({\n  ownerId: '1',\n  where: (w) => true,\n})`, /^3:3 `where` is code/],
  [`githubActions({ branches: 'main', ownerId: '1' })`, /^1:17 .*no 'branches'; did you mean 'branch'\?/],
  [`githubActions({ branch: 'main' })`, /^1:1 .*must pin/],
  [`githubAction({ ownerId: '1' })`, /^1:1 githubAction is no provider here; did you mean githubActions\?/],
  [`githubActions({ ownerId: '1'`, /^1:29 the text ends here, where `,` or `}` should be/],
  [`githubActions({ ownerId: 'a\n' })`, /^1:26 this text has no closing quote/],
  [`githubActions({ ownerId: process.env.OWNER })`, /^1:26 This is no value/],
  [`githubActions({ ownerId: eval('1') })`, /^1:26 `eval` is no value/],
  [`githubActions({ ownerId: '1', ownerId: '2' })`, /^1:31 'ownerId' occurs twice/],
  [`githubActions({ ...other })`, /^1:17 `\.\.\.` is code/],
  ['githubActions({ ownerId: `${owner}` })', /^1:26 `\$\{…\}` is code/],
  [`const rule = githubActions({ ownerId: '1' })`, /^1:1 `const` is code/],
  [`githubActions.deny({ ownerId: '1' })`, /^1:1 \.deny is no part of a rule here: deny rules/],
  [`kubernetes({ namespace: 'ci' })`, /^1:1 .*has no issuer of its own/],
  [`gitlab.at('http://gitlab.acme.dev')({ ownerId: '1' })`, /^1:11 .*must be https/],
  [`githubActions({ __proto__: { ownerId: '1' } })`, /__proto__/],
  [`'\\u{110000}'`, /^1:1 this text has an escape above/],
  ['('.repeat(100_000), /^1:1 /],
  [`githubActions({ claims: ${'{ a: '.repeat(1000)}`, /nested too deeply/],
])('names the place of a fault: %#', (text, message) => {
  expect(faultOf(text)).toMatch(message)
})

test('never throws, and runs nothing', () => {
  const word = fc.constantFrom('githubActions', '(', ')', '{', '}', '[', ']', ',', ':', `'a'`, 'branch', '.', 'at', '1')
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(word).map((words) => words.join(' ')),
      ),
      (text) => {
        readTypeScript(text)
      },
    ),
    { numRuns: 500 },
  )
})

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter((each) => each.trim() !== '')
const name = fc.stringMatching(/^[a-z]{1,8}$/)
const condition = fc.oneof(
  name,
  fc.array(name, { minLength: 1, maxLength: 3 }),
  name.map((each) => ({ glob: `${each}/*` })),
  name.map((each) => ({ not: each })),
  fc.boolean().map((present) => ({ present })),
  fc.tuple(name, name).map(([a, b]) => ({ allOf: [{ glob: `${a}/**` }, { not: b }] })),
  fc.record({ semver: fc.record({ prefix: name }, { requiredKeys: [] }) }),
)
const rule = fc.record(
  {
    ownerId: fc.stringMatching(/^[1-9]\d{0,8}$/),
    environment: condition,
    tag: condition,
    claims: fc.record({ actor: text, repo_property_tier: text }, { requiredKeys: ['repo_property_tier'] }),
  },
  { requiredKeys: ['ownerId'] },
)

test('reads what it writes as parseRule() reads the JSON, in each language', async () => {
  await fc.assert(
    fc.asyncProperty(rule, fc.boolean(), async (conditions, isGitlab) => {
      const { environment, tag, ownerId, claims } = conditions
      const json = isGitlab
        ? {
            provider: 'gitlab',
            issuer: 'https://gitlab.acme.dev',
            ownerId,
            ...(tag && { tag }),
            ...(claims && { claims }),
          }
        : {
            provider: 'github-actions',
            issuer,
            ownerId,
            ...(environment && { environment }),
            ...(claims && { claims }),
          }
      let expected: TrustRule
      try {
        expected = parseRule(json, [githubActions, gitlab])
      } catch {
        // Not every random rule can match.
        return
      }
      for (const language of ['typescript', 'yaml', 'json'] as const) {
        const read = await readRule(writeRules([json], language), language)
        expect('rules' in read && read.rules.map((each) => each.toJSON())).toEqual([expected.toJSON()])
      }
    }),
  )
})

test('knows each provider under the name that code imports', () => {
  expect(providers).toHaveLength(31)
})
