import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { toYaml } from './yaml.ts'

test('ordinary text is written without quotes', () => {
  expect(toYaml({ provider: 'gitlab', repositoryId: '48120077' })).toBe('provider: gitlab\nrepositoryId: "48120077"\n')
})

test.each([
  '\u001b[2J',
  '\u202eabc',
  'a::add-mask::b',
  '##[group]x',
  'two\nlines',
  `${'long '.repeat(50)}\n\u0085`,
  '\ud800',
])('the text %j means the same after it was escaped, and stays on its line', (text) => {
  const yaml = toYaml({ text })
  expect(parse(yaml)).toEqual({ text })
  expect(yaml.trimEnd()).toMatch(/^[\u0020-\u007e]+$/)
})
