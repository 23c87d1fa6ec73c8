/**
 * Every attack has a countermeasure that works, and docs/security/lint.md lists them as they are.
 */

import { runInNewContext } from 'node:vm'
import * as core from '@jobpass/core'
import { conformanceCases } from '@jobpass/testing/conformance'
import { format, resolveConfig } from 'prettier'
import { describe, expect, test } from 'vitest'
import type { Attack } from './attacks/attack.ts'
import { attacks } from './attacks.ts'
import type { LintableRule, LintInput } from './subject.ts'
import { lintRules } from './lint-rules.ts'
import { lintTable } from './lint-table.ts'

const evaluate = (code: string): unknown => runInNewContext(`(${code})`, { ...core })
const impossible = attacks.flatMap(({ id, impossible = [] }) => impossible.map((code) => [id, code] as const))
const refused = attacks.flatMap(({ id, refused = [] }) => refused.map((name) => [id, name] as const))
const linted = attacks.flatMap(({ id, lint = {} }) =>
  Object.entries(lint).map(([lintId, code]) => [id, lintId, code] as const),
)

describe('the catalogue of attacks', () => {
  test('the catalogue contains all attacks', () => {
    const counts = { A: 5, B: 6, C: 12, D: 4, E: 10 }
    const ids = Object.entries(counts).flatMap(([letter, count]) =>
      Array.from({ length: count }, (_, n) => `${letter}${n + 1}`),
    )
    expect(attacks.map(({ id }) => id)).toEqual(ids)
  })

  test('every attack has a countermeasure that does not depend on people', () => {
    const open = attacks.filter(
      ({ impossible, lint, refused }) => impossible === undefined && lint === undefined && refused === undefined,
    )
    expect(open).toEqual([])
  })

  test.each(impossible)('attack %s cannot be written: %s', (_, code) => {
    expect(() => evaluate(code)).toThrow(TypeError)
  })

  test.each(linted)('attack %s is found by lint %s: %s', (_, lintId, code) => {
    const findings = lintRules(evaluate(code) as LintInput | LintableRule | readonly LintableRule[])
    expect(findings.map(({ id }) => id)).toContain(lintId)
  })

  test.each(refused)('attack %s is refused by the conformance case %s', (_, id) => {
    const found = conformanceCases.find((each) => each.id === id)
    expect(found?.expect.status).toBeGreaterThanOrEqual(400)
  })

  test('every attack that a lint names is in the catalogue', () => {
    const known = new Set(attacks.map(({ id }) => id))
    expect(lintTable.filter(({ attack }) => attack !== undefined && !known.has(attack))).toEqual([])
  })

  test('every attack names each lint that prevents it', () => {
    const silent = lintTable.filter(
      ({ id, attack }) => attack !== undefined && !linted.some(([of, by]) => of === attack && by === id),
    )
    expect(silent.map(({ id, attack }) => `${id} ${attack}`)).toEqual([])
  })
})

const code = (text: string): string => `\`${text}\``

function attackRow({ id, title, impossible = [], lint = {}, refused = [], outside }: Attack): string {
  const written = impossible.map(code).join('<br>')
  const found = Object.keys(lint).map((name) => `[${name}](#${name.toLowerCase()})`)
  const stopped = [refused.join(', '), outside ?? ''].filter((text) => text !== '')
  return `| ${id} | ${title} | ${written} | ${found.join(', ')} | ${stopped.join('<br>')} |`
}

function lintSection({ id, level, title, attack, why, bad, good }: (typeof lintTable)[number]): string {
  const prevents = attack === undefined ? '' : ` Prevents ${attack}.`
  const block = (text: string): string => `\`\`\`ts\nlintRules(${text})\n\`\`\``
  return `### ${id}\n\n**${title}** (${level}). ${why}${prevents}\n\nFound in:\n\n${block(bad)}\n\nNot in:\n\n${block(good)}`
}

function document(): string {
  const levels = { error: 'errors', warning: 'warnings', advice: 'advice' }
  const listed = Object.entries(levels).map(
    ([level, plural]) => `${lintTable.filter((lint) => lint.level === level).length} ${plural}`,
  )
  const rows = lintTable.map(
    ({ id, level, title, attack = '' }) => `| [${id}](#${id.toLowerCase()}) | ${level} | ${title} | ${attack} |`,
  )
  const cases = [...new Set(attacks.flatMap(({ refused = [] }) => refused))].toSorted()
  const musts = cases.map((id) => `| ${id} | ${conformanceCases.find((each) => each.id === id)?.must ?? ''} |`)
  return [
    '# Lint',
    '<!-- Made by a test; after a change run: npx vitest run packages/policy/src/lint -u -->',
    `\`lintRules\` checks rules before they ship: ${listed.join(', ')}. Rules that would admit strangers throw when they are made. Lint finds valid rules that are still wider, or narrower, than they look. Give it the options of the verifier together with the rules of the routes: it then knows what \`trust\` already pins, and which trust no route narrows.`,
    "```ts\nconst findings = lintRules({\n  audience: 'https://api.acme.dev',\n  trust: githubActions({ ownerId: '1234567' }),\n  routes: { deploy: githubActions({ repositoryId: '74205118', branch: 'main' }) },\n})\n```",
    'An **error** admits strangers, or no job at all; a **warning** is wider than it looks; **advice** could be better. Ids are permanent.',
    '## Lints',
    ['| Id | Level | Finds | Attack |', '| --- | --- | --- | --- |', ...rows].join('\n'),
    ...lintTable.map(lintSection),
    '## Attacks',
    'Attacks on an API that trusts CI jobs, and what prevents them. The code in the third column throws a `TypeError`; the last column names cases of the conformance suite, which every adapter runs.',
    [
      '| Id | Attack | Impossible to write | Found by | Refused at request time |',
      '| --- | --- | --- | --- | --- |',
      ...attacks.map(attackRow),
    ].join('\n'),
    '## Cases',
    ['| Case | What the API does |', '| --- | --- |', ...musts].join('\n'),
    '',
  ].join('\n\n')
}

test('docs/security/lint.md is generated from the tables', async () => {
  const file = '../../../../docs/security/lint.md'
  const config = await resolveConfig(new URL(file, import.meta.url))
  await expect(await format(document(), { ...config, parser: 'markdown' })).toMatchFileSnapshot(file)
})
