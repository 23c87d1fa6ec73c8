import { expect, test } from 'vitest'
import { completionsAt } from './completion.ts'
import { accept, actionOf } from './editing.ts'
import type { Language } from './state.ts'

/** The labels at the caret, which `|` marks. */
function at(marked: string, language: Language): readonly string[] {
  const caret = marked.indexOf('|')
  return completionsAt(marked.replace('|', ''), caret, language).items.map(({ label }) => label)
}

test('completes TypeScript', () => {
  expect(at('github|', 'typescript')).toEqual(['githubActions'])
  expect(at(`[gitlab({ ownerId: '99' }), circ|]`, 'typescript')).toEqual(['circleci'])
  expect(at('githubActions({ bra|', 'typescript')).toEqual(['branch'])
  expect(at(`githubActions({ branch: 'main', bra|`, 'typescript')).toEqual([])
  expect(at(`gitlab.at('https://git.acme.dev')({ refP|`, 'typescript')).toEqual(['refProtected'])
  expect(at('gitlab({ refProtected: |', 'typescript')).toEqual([
    'true',
    'false',
    'not(',
    'allOf(',
    'present()',
    'absent()',
  ])
  expect(at(`githubActions({ branch: ['main', gl|`, 'typescript')).toEqual(['glob('])
  expect(at(`githubActions({ event: 'pull_request_t|`, 'typescript')).toEqual(['pull_request_target'])
  expect(at(`githubActions({ branch: glob('|`, 'typescript')).toEqual([])
  expect(at(`githubActions({ claims: { check_|`, 'typescript')).toEqual(['check_run_id'])
  expect(at(`githubActions({ ownerId: '1' }, { maxT|`, 'typescript')).toEqual(['maxTokenAge'])
})

test('completes JSON', () => {
  expect(at('{ "rules": { "deploy": { "provider": "circ|', 'json')).toEqual(['circleci'])
  expect(at('{ "rules": { "deploy": [{ "provider": "gitlab", "refP|', 'json')).toEqual(['refProtected'])
  expect(at('{ "rules": { "deploy": { "refP|", "provider": "gitlab" } } }', 'json')).toEqual(['refProtected'])
  expect(at('{ "rules": { "deploy": { "provider": "github-actions", "branch": { "gl|', 'json')).toEqual(['glob'])
  expect(at('{ "rules": { "deploy": { "provider": "github-actions", "settings": { "maxT|', 'json')).toEqual([
    'maxTokenAge',
  ])
  expect(at('{ "ru|', 'json')).toEqual([])
})

test('completes YAML', () => {
  const rule = 'rules:\n  deploy:\n    - provider: github-actions\n'
  expect(at('rules:\n  deploy:\n    - provider: circ|', 'yaml')).toEqual(['circleci'])
  expect(at('rules:\n  deploy:\n    prov|', 'yaml')).toEqual(['provider'])
  expect(at(`${rule}      bra|`, 'yaml')).toEqual(['branch'])
  expect(at(`${rule}      branch: main\n      bra|`, 'yaml')).toEqual([])
  expect(at(`${rule}      event: pull_request_t|`, 'yaml')).toEqual(['pull_request_target'])
  expect(at(`${rule}      branch: { gl|`, 'yaml')).toEqual(['glob'])
  expect(at(`${rule}      claims:\n        check_|`, 'yaml')).toEqual(['check_run_id'])
  expect(at(`${rule}      settings:\n        maxT|`, 'yaml')).toEqual(['maxTokenAge'])
  expect(at('rules:\n  deploy:\n    refP|\n    provider: gitlab\n', 'yaml')).toEqual(['refProtected'])
  expect(at('ru|', 'yaml')).toEqual([])
})

test('replaces the word before the caret', () => {
  const text = 'githubActions({ bra'
  const list = { ...completionsAt(text, text.length, 'typescript'), active: 0 }
  expect(accept(text, text.length, list)).toEqual({ text: 'githubActions({ branch: ', caret: 24 })
  expect(accept(`${text}: 'main'`, text.length, list).text).toBe(`githubActions({ branch: 'main'`)
})

test('leaves the keys alone while the list is closed', () => {
  const press = (key: string, more: object = {}) => ({ key, ctrlKey: false, altKey: false, metaKey: false, ...more })
  const list = { from: 0, active: 1, items: [0, 1].map((each) => ({ label: `${each}`, detail: '', insert: '' })) }
  for (const key of ['Tab', 'Enter', 'Escape', 'ArrowDown', 'a'])
    expect(actionOf(press(key), undefined)).toBeUndefined()
  expect(actionOf(press(' ', { ctrlKey: true }), undefined)).toBe('open')
  expect(actionOf(press('Tab'), list)).toBe('accept')
  expect(actionOf(press('Escape'), list)).toBe('close')
  expect(actionOf(press('ArrowDown'), list)).toEqual({ active: 0 })
  expect(actionOf(press('a'), list)).toBeUndefined()
})
