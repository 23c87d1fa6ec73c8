import { readFileSync } from 'node:fs'
import { parsePolicy } from '@jobpass/policy'
import { providers } from '@jobpass/policy/built-in'
import { expect, test } from 'vitest'
import { importPolicy, policyText } from './index.ts'

const form = JSON.stringify({ owner: 'acme', repository: 'shop', workflow: 'release.yml', environment: 'no' })

test('the text is a document that says the same, with the findings as comments', () => {
  const imported = importPolicy('pypi', form)
  const text = policyText(imported)
  const comments = text.split('\n').filter((line) => line.startsWith('#'))
  expect(comments.join(' ').replaceAll(' # ', ' ')).toContain(imported.findings[0]?.message)
  expect(Math.max(...comments.map((line) => line.length))).toBeLessThanOrEqual(100)
  expect(text.endsWith('...\n')).toBe(true)
  const policy = parsePolicy(text, { providers })
  const [rule] = policy.entries['publish'] ?? []
  expect(JSON.parse(JSON.stringify(rule))).toMatchObject({
    provider: 'github-actions',
    repository: 'acme/shop',
    jobWorkflowFile: '.github/workflows/release.yml',
    environment: 'no',
  })
})

test('a text from the original cannot end a comment', () => {
  const odd = JSON.stringify({ owner: 'acme', repository: 'shop', workflow: 'release.yml', environment: 'a\n}: x' })
  const text = policyText(importPolicy('pypi', odd))
  expect(() => parsePolicy(text, { providers })).not.toThrow()
})

test('there is no text where nothing is translated', () => {
  expect(() => policyText(importPolicy('pypi', '{"owner":"acme"}'))).toThrow(TypeError)
})

test('the example of the README gives the rules of the README', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const [, original = ''] = /trustPolicy = `(.*?)`/s.exec(readme) ?? []
  const [, rules = ''] = /```yaml\n(.*?)```/s.exec(readme) ?? []
  const imported = importPolicy('aws', original, { set: 'deploy' })
  expect(policyText({ ...imported, findings: [], audiences: [] })).toBe(`${rules}...\n`)
})

test('unknown options, and a policy that is not text, are a TypeError', () => {
  expect(() => importPolicy('pypi', form, { isuer: 'x' } as never)).toThrow(/issuer/)
  expect(() => importPolicy('pypi', {} as never)).toThrow(TypeError)
  expect(importPolicy('pypi', form, { provider: 'gitlub' }).policy).toBeUndefined()
})

test('a source that is unknown is a TypeError', () => {
  expect(() => importPolicy('okta' as never, '{}')).toThrow(/reads aws, /)
})
