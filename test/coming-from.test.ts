// The page for those who come from a cloud provider: each rule on it runs, and admits what the
// condition beside it admits, except where the page says that it does not.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { compileFunction } from 'node:vm'
import * as core from '@jobpass/core'
import type { TrustRule } from '@jobpass/core'
import { circleci, createVerifier, githubActions } from '@jobpass/core'
import { createTestIssuer } from '@jobpass/testing'
import { circleciOrganization, codeOf } from '@jobpass/testing/internal'
import { describe, expect, test } from 'vitest'

const page = readFileSync(fileURLToPath(new URL('../docs/coming-from.md', import.meta.url)), 'utf8')
const aud = 'https://api.acme.dev'
const github = await createTestIssuer(githubActions)
const circle = await createTestIssuer(circleci)
const project = '11111111-2222-4333-8444-555555555555'

/** Claims of a job, and how it was started. */
type Job = Readonly<Record<string, unknown>> & { readonly trigger?: 'pull_request' | 'pull_request_target' }

interface Row {
  /** The job that the condition means. */
  readonly admits: readonly Job[]
  readonly refuses: readonly Job[]
}

const main = { ref: 'refs/heads/main' }
const dev = { ref: 'refs/heads/dev' }
const tag = (name: string): Job => ({ ref: `refs/tags/${name}`, ref_type: 'tag' })
const fromFork: Job = { trigger: 'pull_request' }
const foreign = { repository: 'acme-evil/shop', repository_owner: 'acme-evil' }

/** The rows of the page whose right side is a rule, by their left side. */
const rows: Readonly<Record<string, Row>> = {
  'repo:acme/*:ref:refs/heads/main': {
    admits: [main, { ...main, repository: 'acme/docs' }],
    refuses: [dev, { ...main, ...foreign }, fromFork],
  },
  'repo:acme/shop:*': {
    admits: [main, dev, tag('v1')],
    refuses: [{ repository: 'acme/docs' }, fromFork, { trigger: 'pull_request_target' }],
  },
  'repo:acme/shop:ref:refs/tags/v*': {
    admits: [tag('v1.4.0')],
    refuses: [tag('w1'), main, { ref: 'refs/heads/v1.4.0' }],
  },
  'org/ORG/project/PROJECT/user/*': {
    admits: [{ ownerId: circleciOrganization, projectId: project }],
    refuses: [{ ownerId: circleciOrganization }],
  },
  'several values of one key': {
    admits: [{ repository: 'acme/shop' }, { repository: 'acme/docs' }],
    refuses: [{ repository: 'acme/x' }],
  },
  "assertion.repository_owner_id == '48213377'": {
    admits: [{ repository_owner_id: '48213377' }],
    refuses: [{ repository_owner_id: '4821337' }],
  },
  "assertion.repository_id in ['1', '2']": {
    admits: [{ repository_id: '1' }, { repository_id: '2' }],
    refuses: [{ repository_id: '12' }],
  },
  "assertion.ref.startsWith('refs/heads/release/')": {
    admits: [{ ref: 'refs/heads/release/1' }, { ref: 'refs/heads/release/1/x' }],
    refuses: [{ ref: 'refs/heads/release' }, tag('release/1')],
  },
  "assertion.event_name == 'push'": { admits: [{ event_name: 'push' }], refuses: [{ event_name: 'schedule' }] },
  'has(assertion.environment)': {
    admits: [{ environment: 'production' }],
    refuses: [{ environment: undefined }, { environment: '' }],
  },
  'bound_claims: { ref_protected: "true" }': {
    admits: [{ ref_protected: 'true' }],
    refuses: [{ ref_protected: 'false' }, { ref_protected: undefined }],
  },
}

/** The first code of the right side: conditions, a list of values, or a whole rule. */
function ruleOf(code: string): TrustRule {
  const filled = code.replace("'ORG'", `'${circleciOrganization}'`).replace("'PROJECT'", `'${project}'`)
  const made = compileFunction(`return (${filled})`, Object.keys(core))(...Object.values(core)) as object
  if ('effect' in made) return made as TrustRule
  const conditions = Array.isArray(made) ? { repository: made } : made
  return githubActions({ ...('ownerId' in conditions ? {} : { ownerId: '1234567' }), ...conditions })
}

const answer = async (rule: TrustRule, { trigger, ...claims }: Job): Promise<unknown> => {
  const isCircle = rule.toJSON().provider === 'circleci'
  const issuer = (isCircle ? circle : github) as typeof github
  const verifier = createVerifier({ audience: aud, trust: rule, fetch: issuer.fetch, onWarning: () => {} })
  return codeOf(verifier.verify(await issuer.mint({ aud, ...claims }, { ...(trigger && { trigger }) })))
}

/** Each row of the page as its two sides. */
const sides = page
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| --'))
  .map(
    (line) =>
      line
        .slice(2, -2)
        .split(/ +\| /)
        .map((side) => side.trim().replaceAll('\\|', '|')) as [string, string],
  )

describe('a rule of the page', () => {
  test.each(Object.entries(rows))('for %s admits the same jobs', async (condition, { admits, refuses }) => {
    const [, right = ''] = sides.find(([left]) => left.includes(`\`${condition}\``) || left === condition) ?? []
    const codes = Array.from(right.matchAll(/`([^`]+)`/g), ([, code = '']) => code)
    expect(codes.length).toBeGreaterThan(0)
    const rule = ruleOf(codes[0] as string)
    for (const job of admits) expect([job, await answer(rule, job)]).toEqual([job, 'allowed'])
    for (const job of refuses) expect([job, await answer(rule, job)]).toEqual([job, 'workload_forbidden'])
  })

  test('is run, for every row that has one', () => {
    const written = sides
      .filter(([, right]) => /`(?:\{[^…]*\}|circleci\(.*\)|\[.*\])`/.test(right))
      .map(([left]) => left)
    const known = Object.keys(rows)
    expect(written.filter((left) => !known.some((key) => left.includes(key)))).toEqual([])
  })
})
