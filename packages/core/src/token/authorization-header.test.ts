import { describe, expect, test } from 'vitest'
import { isCredential, noToken, readBearer } from './authorization-header.ts'
import { Refusal } from '../model/refusal.ts'

const codeOf = (values: readonly string[]): unknown => {
  const result = readBearer(values)
  if (typeof result === 'string') return isCredential(result) ? result : 'request_malformed'
  return result instanceof Refusal ? result.code : result
}

describe('one bearer credential', () => {
  test.each([
    ['Bearer abc.def.ghi', 'abc.def.ghi'],
    ['bearer abc', 'abc'],
    ['BEARER abc', 'abc'],
    ['bEaReR a-b._~+/c==', 'a-b._~+/c=='],
    ['\t Bearer abc \t', 'abc'],
    ['Bearer abc ', 'abc'],
    ['Bearer a', 'a'],
  ])('readBearer reads %j', (value, token) => {
    expect(readBearer([value])).toBe(token)
  })

  test.each([2, 3, 40])('lesson A2: readBearer takes %i spaces after the scheme', (count) => {
    expect(readBearer([`bearer${' '.repeat(count)}x`])).toBe('x')
  })
})

describe('other credentials', () => {
  test.each([
    [[]],
    [['']],
    [[' ']],
    [['Basic dXNlcjpwYXNz']],
    [['DPoP abc.def.ghi']],
    [['Bearerx']],
    [['bearer-token abc']],
    [['abc.def.ghi']],
    [['Basic bearer']],
    [['Basic a, Bearer-token b']],
    [['Basic a; Bearer b']],
    [['\t']],
    [[' \t '.repeat(1000)]],
    [['', '']],
  ])('lesson A4: readBearer finds no token in %j', (values) => {
    expect(readBearer(values)).toBe(noToken)
  })
})

describe('header syntax', () => {
  test.each(['a', 'abc', 'a.b.c', 'a=', 'abc==', '-._~+/09azAZ', '...'])('isCredential takes %j', (text) => {
    expect(isCredential(text)).toBe(true)
    expect(codeOf([`Bearer ${text}`])).toBe(text)
  })

  test.each([
    ['nothing behind the scheme', ['Bearer']],
    ['only spaces behind the scheme', ['Bearer    ']],
    ['a space inside the token', ['Bearer abc def']],
    ['a quoted token', ['Bearer "abc"']],
    ['padding inside', ['Bearer a=b']],
    ['only padding', ['Bearer ==']],
    ['a control character', ['Bearer a\u0000b']],
    ['a line break', ['Bearer abc\r\nX: y']],
    ['a trailing line break', ['Bearer abc\n']],
    ['a letter beyond ASCII', ['Bearer abcé']],
    ['a parameter', ['Bearer token=abc, realm=x']],
  ])('a bearer credential is request_malformed: %s', (_, values) => {
    expect(codeOf(values)).toBe('request_malformed')
  })
})

describe('lesson A3: two credentials are 400', () => {
  test.each([
    ['two lines', ['Bearer a', 'Bearer b']],
    ['the same line twice', ['Bearer a', 'Bearer a']],
    ['a comma list', ['Bearer a, Bearer b']],
    ['a comma list without space', ['Bearer a,Bearer b']],
    ['ours first', ['Bearer a', 'Basic b']],
    ['ours second', ['Basic a', 'Bearer b']],
    ['ours second in one line', ['Basic a,  bearer b']],
    ['an empty line before', ['', 'Bearer a']],
    ['an empty line behind', ['Bearer a', '']],
    ['ours third', ['Basic a', 'DPoP b', 'BEARER c']],
    ['ours second, with nothing behind its scheme', ['Basic a', 'Bearer']],
    ['ours second, in a line that ends behind its scheme', ['Basic a, Bearer']],
    ['ours second, behind no space', ['Basic a,Bearer b']],
    ['ours second, behind a tab', ['Basic a,\tBearer\tb']],
  ])('lesson A3: two credentials are request_malformed: %s', (_, values) => {
    expect(codeOf(values)).toBe('request_malformed')
  })
})
