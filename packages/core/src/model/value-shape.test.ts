import { expect, test } from 'vitest'
import { hasShape } from './value-shape.ts'

const uuid = '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22'

test.each([
  ['uuid', `${uuid}0`, false],
  ['uuid', `0${uuid}`, false],
  ['uuid', uuid.replace('3f', '3g'), false],
  ['braced-uuid', `{${uuid}}`, true],
  ['braced-uuid', uuid, false],
  ['braced-uuid', `{${uuid}`, false],
  ['braced-uuid', `${uuid}}`, false],
  ['braced-uuid', `{${uuid.toUpperCase()}}`, false],
  ['braced-uuid', `{${uuid}}\n`, false],
  ['braced-uuid', `x{${uuid}}`, false],
  ['dns-label', 'a-', false],
  ['dns-label', 'a--b', true],
  ['dns-label', 'a_b', false],
  ['slug', 'a', true],
  ['slug', '_', true],
  ['slug', '_a-b_', true],
  ['slug', 'a'.repeat(100), true],
  ['slug', 'a'.repeat(101), false],
  ['slug', '-a', false],
  ['slug', 'a-', false],
  ['slug', 'A', false],
  ['slug', 'a.b', false],
  ['slug', 'a/b', false],
  ['slug', '', false],
  ['slug', 'a\n', false],
  ['url-safe', 'A-z_0', true],
  ['url-safe', '-', true],
  ['url-safe', 'a'.repeat(128), true],
  ['url-safe', 'a'.repeat(129), false],
  ['url-safe', 'a.b', false],
  ['url-safe', 'a/b', false],
  ['url-safe', 'é', false],
  ['url-safe', '', false],
  ['url-safe', 'a\n', false],
] as const)('hasShape of a %s like %j: %s', (shape, value, expected) => {
  expect(hasShape(value, shape)).toBe(expected)
})

test.each([[undefined], [null], [7], [['a']], [{ toString: (): string => 'a' }]])(
  'hasShape of %j is false for every shape',
  (value) => {
    for (const shape of ['uuid', 'braced-uuid', 'dns-label', 'slug', 'url-safe'] as const)
      expect(hasShape(value, shape)).toBe(false)
  },
)
