import { expect, test } from 'vitest'
import { isCredential, readBearer } from '../token/authorization-header.ts'
import { nodeHeaderValues } from './node-headers.ts'

const name = 'authorization'

test.each([
  ['one line', ['Authorization', 'Bearer a'], { authorization: 'Bearer a' }, ['Bearer a']],
  ['any letter case', ['AUTHORIZATION', 'Bearer a'], { authorization: 'Bearer a' }, ['Bearer a']],
  ['none', ['Host', 'x'], { host: 'x' }, []],
  ['neither source', [], {}, []],
  ['a value that is named like the header', ['X', 'authorization', 'Y', 'Bearer a'], {}, []],
  [
    'lesson A3: both lines, though Node shows the first only',
    ['Authorization', 'Bearer a', 'authorization', 'Bearer b'],
    { authorization: 'Bearer a' },
    ['Bearer a', 'Bearer b'],
  ],
  [
    'both lines, joined by a server',
    ['X-Ci', 'a', 'Authorization', 'Bearer a', 'Authorization', 'Bearer b'],
    { authorization: 'Bearer a, Bearer b' },
    ['Bearer a', 'Bearer b'],
  ],
])('nodeHeaderValues reads %s', (_, rawHeaders, headers, expected) => {
  expect(nodeHeaderValues({ rawHeaders, headers }, name)).toEqual(expected)
})

test('nodeHeaderValues counts an empty value', () => {
  expect(nodeHeaderValues({ rawHeaders: ['Authorization', ''], headers: { authorization: '' } }, name)).toEqual([''])
  expect(nodeHeaderValues({ headers: { authorization: '' } }, name)).toEqual([''])
})

test('nodeHeaderValues ignores a last raw name without a value', () => {
  expect(nodeHeaderValues({ rawHeaders: ['Host', 'x', 'Authorization'], headers: {} }, name)).toEqual([])
})

test('nodeHeaderValues takes the one string of a shim that fills only headers', () => {
  expect(nodeHeaderValues({ headers: { authorization: 'Bearer a' } }, name)).toEqual(['Bearer a'])
  expect(nodeHeaderValues({ rawHeaders: [], headers: { authorization: 'Bearer a' } }, name)).toEqual(['Bearer a'])
})

test('nodeHeaderValues takes the number of a shim for a length', () => {
  expect(nodeHeaderValues({ headers: { 'content-length': 5 } }, 'content-length')).toEqual(['5'])
})

test('nodeHeaderValues takes every string of a list', () => {
  expect(nodeHeaderValues({ headers: { authorization: ['Bearer a', 'Bearer b'] } }, name)).toHaveLength(2)
})

test.each([
  ['another value', { authorization: 'Bearer b' }],
  ['the second value only', { authorization: 'Bearer z' }],
  ['no value', {}],
  ['an empty value', { authorization: '' }],
])('lesson A3: a request is malformed when headers has %s', (_, headers) => {
  const read = readBearer(nodeHeaderValues({ rawHeaders: ['Authorization', 'Bearer a'], headers }, name))
  // A scheme without a token, which is malformed; a missing credential could be let in.
  expect(read).toBe('')
  expect(isCredential('')).toBe(false)
})

test('nodeHeaderValues reads own members of headers only', () => {
  const headers = Object.create({ authorization: 'Bearer inherited' }) as Record<string, string>
  expect(nodeHeaderValues({ headers }, name)).toEqual([])
})
