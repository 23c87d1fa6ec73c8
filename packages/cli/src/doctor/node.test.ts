import { expect, test } from 'vitest'
import { checkNode } from './node.ts'

test.each([
  ['20.19.0', 'ok'],
  ['20.19.4', 'ok'],
  ['22.1.0', 'ok'],
  ['20.18.3', 'problem'],
  ['18.20.8', 'problem'],
  ['9.99.9', 'problem'],
])('Node %s is: %s', (version, status) => {
  expect(checkNode(version, '20.19').status).toBe(status)
})

test('the oldest version is that of the package', () => {
  expect(checkNode('1.0.0')).toEqual({
    name: 'node',
    status: 'problem',
    text: 'Node 1.0.0 is too old',
    fix: 'install Node 20.19 or later',
  })
})
