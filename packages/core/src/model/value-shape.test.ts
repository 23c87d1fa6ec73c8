import { expect, test } from 'vitest'
import { bracedUuid, dnsLabel, hasShape, slug, urlSafe, uuid } from './value-shape.ts'

const id = '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22'

test.each([
  [uuid, `${id}0`, false],
  [uuid, `0${id}`, false],
  [uuid, id.replace('3f', '3g'), false],
  [bracedUuid, `{${id}}`, true],
  [bracedUuid, id, false],
  [bracedUuid, `{${id}`, false],
  [bracedUuid, `${id}}`, false],
  [bracedUuid, `{${id.toUpperCase()}}`, false],
  [bracedUuid, `{${id}}\n`, false],
  [bracedUuid, `x{${id}}`, false],
  [dnsLabel, 'a-', false],
  [dnsLabel, 'a--b', true],
  [dnsLabel, 'a_b', false],
  [slug, 'a', true],
  [slug, '_', true],
  [slug, '_a-b_', true],
  [slug, 'a'.repeat(100), true],
  [slug, 'a'.repeat(101), false],
  [slug, '-a', false],
  [slug, 'a-', false],
  [slug, 'A', false],
  [slug, 'a.b', false],
  [slug, 'a/b', false],
  [slug, '', false],
  [slug, 'a\n', false],
  [urlSafe, 'A-z_0', true],
  [urlSafe, '-', true],
  [urlSafe, 'a'.repeat(128), true],
  [urlSafe, 'a'.repeat(129), false],
  [urlSafe, 'a.b', false],
  [urlSafe, 'a/b', false],
  [urlSafe, 'é', false],
  [urlSafe, '', false],
  [urlSafe, 'a\n', false],
] as const)('hasShape of %o like %j: %s', (shape, value, expected) => {
  expect(hasShape(value, shape)).toBe(expected)
})

test.each([[undefined], [null], [7], [['a']], [{ toString: (): string => 'a' }]])(
  'hasShape of %j is false for every shape',
  (value) => {
    for (const shape of [uuid, bracedUuid, dnsLabel, slug, urlSafe] as const) expect(hasShape(value, shape)).toBe(false)
  },
)
