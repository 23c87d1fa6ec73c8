import { createTestIssuer } from '@jobpass/testing'
import { describe, expect, test } from 'vitest'
import { toMarkdown, toPlainText } from '../util/escape.ts'
import type { AnyWorkload } from '../model/workload.ts'
import type { TrustRule } from '../rule/rule.ts'
import { createVerifier } from '../request/verifier.ts'
import { decide } from '../rule/verdict.ts'
import { explain } from './explain.ts'
import { githubActions } from '../index.ts'

const issuer = await createTestIssuer(githubActions)
const verifier = createVerifier({
  audience: 'https://api.acme.dev',
  trust: githubActions({ ownerId: '1234567' }),
  fetch: issuer.fetch,
})
const job = (claims: Record<string, unknown> = {}): Promise<AnyWorkload> =>
  issuer.mint({ aud: 'https://api.acme.dev', ...claims }).then((token) => verifier.verify(token))
const shop = githubActions({ repositoryId: '74205118', branch: 'main' })
const verdictOn = async (rules: TrustRule<AnyWorkload>[], claims?: Record<string, unknown>) =>
  decide(rules, await job(claims))

describe('explain', () => {
  test("explain writes one line for a log, with the caller's own values only", async () => {
    const verdict = await verdictOn([shop], { ref: 'refs/heads/Main' })

    expect(explain(verdict)).toBe(
      `refused: no rule matched (rules ${verdict.fingerprint}); branch is "Main": The value differs in letter case only.`,
    )
  })

  test('explain shows expected values at level full only', async () => {
    const verdict = await verdictOn([shop], { ref: 'refs/heads/dev' })

    expect(explain(verdict)).not.toContain('main')
    expect(explain(verdict, { level: 'full' })).toBe(
      `refused: no rule matched (rules ${verdict.fingerprint}); branch is "dev", wanted equals "main"`,
    )
  })

  test('explain shows nothing of another tenant’s rule', async () => {
    const verdict = await verdictOn([shop], { repository_id: '1', ref: 'refs/heads/dev' })

    expect(explain(verdict)).toBe(`refused: no rule matched (rules ${verdict.fingerprint})`)
    expect(explain(verdict, { format: 'markdown' })).toBe(
      `**refused: no rule matched** (rules \`${verdict.fingerprint}\`)`,
    )
    expect(explain(verdict, { level: 'full' })).toContain('repositoryId is "1", wanted equals "74205118"')
  })

  test('explain writes one line for an allowed call', async () => {
    const verdict = await verdictOn([shop])

    expect(explain(verdict)).toBe(`allowed: a rule matched (rules ${verdict.fingerprint})`)
  })

  test('explain draws a tree for a terminal, with every rule and check at level full', async () => {
    const verdict = await verdictOn([githubActions({ repositoryId: '1' }), shop], { ref: 'refs/heads/dev' })

    expect(explain(verdict, { format: 'tree', level: 'full' })).toBe(
      [
        `refused: no rule matched (rules ${verdict.fingerprint})`,
        '├─ ✗ allow rule 1 of 2, for github-actions, the nearest',
        '│  ├─ ✓ issuer is "https://token.actions.githubusercontent.com", wanted oneOf ["https://token.actions.githubusercontent.com"]',
        '│  ├─ ✗ repositoryId is "74205118", wanted equals "1"',
        '│  └─ ✓ event is "push", wanted ordinary ["push","workflow_dispatch","repository_dispatch","schedule","release","create","deployment","merge_group"]',
        '└─ ✗ allow rule 2 of 2, for github-actions',
        '   ├─ ✓ issuer is "https://token.actions.githubusercontent.com", wanted oneOf ["https://token.actions.githubusercontent.com"]',
        '   ├─ ✓ repositoryId is "74205118", wanted equals "74205118"',
        '   ├─ ✓ event is "push", wanted ordinary ["push","workflow_dispatch","repository_dispatch","schedule","release","create","deployment","merge_group"]',
        '   └─ ✗ branch is "dev", wanted equals "main"',
      ].join('\n'),
    )
  })

  test('explain writes a table for the summary of a CI job', async () => {
    const verdict = await verdictOn([githubActions({ repositoryId: '74205118', environment: 'production' })])

    expect(explain(verdict, { format: 'markdown' })).toBe(
      [
        `**refused: no rule matched** (rules \`${verdict.fingerprint}\`)`,
        '',
        'allow rule 1 of 1, for github-actions, the nearest',
        '',
        '|  | Field | Value | Hint |',
        '| --- | --- | --- | --- |',
        '| ✗ | `"environment"` | absent | The job names no environment. |',
      ].join('\n'),
    )
  })

  test('explain names the fingerprint: the same for the same rules, another for others', async () => {
    const same = githubActions({ repositoryId: '74205118', branch: 'main' })
    const other = githubActions({ repositoryId: '74205118', branch: 'next' })

    expect((await verdictOn([shop])).fingerprint).toBe((await verdictOn([same])).fingerprint)
    expect((await verdictOn([shop])).fingerprint).not.toBe((await verdictOn([other])).fingerprint)
    expect((await verdictOn([shop])).fingerprint).toMatch(/^[0-9a-f]{16}$/)
  })

  test('the text of code is part of the fingerprint', async () => {
    const first = githubActions({ repositoryId: '74205118', where: ({ runAttempt }) => runAttempt === '1' })
    const second = githubActions({ repositoryId: '74205118', where: ({ runAttempt }) => runAttempt === '2' })

    expect((await verdictOn([first])).fingerprint).not.toBe((await verdictOn([second])).fingerprint)
  })
})

test('S8: the line of a refusal evaluates no rule of another tenant, however many there are', async () => {
  let asked = 0
  const where = (): boolean => {
    asked++
    return true
  }
  const others = Array.from({ length: 50 }, (_, index) => githubActions({ ownerId: String(index), where }))
  const lines: string[] = []
  const many = createVerifier({
    audience: 'https://api.acme.dev',
    trust: others,
    fetch: issuer.fetch,
    onVerdict: (event) => void lines.push(explain(event, { level: 'full' })),
  })
  const token = await issuer.mint({ aud: 'https://api.acme.dev' })
  await many.verify(token).catch(() => {})
  asked = 0
  await many.verify(token).catch(() => {})
  expect(asked).toBe(0)
  expect(lines[1]).toMatch(
    /^refused 403 workload_forbidden by "[^"]+".*: refused: no rule matched \(rules [0-9a-f]{16}\)$/,
  )
})

const hostile = [
  ['a new line', 'x\n::set-output name=x::y'],
  ['a command in the middle', 'x ::add-mask::y'],
  ['an old command', '##[set-env name=PATH]x'],
  ['an escape sequence', '\u001b[31mred\u001b]8;;https://evil.example\u0007'],
  ['text that runs backwards', 'main\u202Egnp.exe'],
  ['a separator of lines', 'a\u2028b\u0085c'],
  ['a table', 'a | b | <img src=x onerror=alert(1)> `code` [link](https://evil.example)'],
] as const

describe('escaped values', () => {
  test.each(hostile)('explain escapes in a line: %s', async (_name, branch) => {
    const verdict = await verdictOn([shop], { ref: `refs/heads/${branch}`, sub: 'custom' })

    for (const format of ['line', 'tree', 'markdown'] as const) {
      const text = explain(verdict, { format, level: 'full' })
      const value = text.slice(text.indexOf(JSON.stringify('branch').slice(1, -1)))
      expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u2028-\u202e]/u)
      expect(value).not.toContain('::')
      expect(value).not.toContain('##')
    }
    expect(explain(verdict).split('\n')).toHaveLength(1)
  })

  test.each(hostile)('%s is still JSON with the same value after escaping', (_name, value) => {
    expect(JSON.parse(toPlainText(value))).toBe(value)
  })

  // S20: characters from Unicode itself, not from a list of ours: formats, separators and fillers
  // of every plane.
  test('S20: explain escapes every character that is invisible or changes the direction of text', () => {
    const invisible = Array.from({ length: 0x11_0000 }, (_, code) => code)
      .filter((code) => code < 0xd800 || code > 0xdfff)
      .map((code) => String.fromCodePoint(code))
      .filter((character) => /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|\p{Default_Ignorable_Code_Point}(?<=\p{L})/u.test(character))
    expect(invisible).toEqual(expect.arrayContaining(['\u061c', '\u00ad', '\u180e', '\u3164', '\u{e0041}']))
    const escaped = toPlainText(invisible.join(''))
    expect(escaped).toMatch(/^[\x20-\x7e]+$/)
    expect(JSON.parse(escaped)).toBe(invisible.join(''))
  })

  test('explain keeps a value in one Markdown cell, as code', () => {
    const cell = toMarkdown('a | `b` <c>')

    expect(cell).toBe('`"a \\u007c \\u0060b\\u0060 \\u003cc>"`')
    expect(JSON.parse(cell.slice(1, -1))).toBe('a | `b` <c>')
  })
})
