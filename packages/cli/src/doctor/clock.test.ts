import { describe, expect, test } from 'vitest'
import { checkClock, readClock } from './clock.ts'

const at = Date.UTC(2026, 0, 1, 12, 0, 0)
const headers = (ahead: number, age?: string): Headers =>
  new Headers({ date: new Date(at - ahead * 1000).toUTCString(), ...(age !== undefined && { age }) })

describe('the clock of an issuer', () => {
  test.each([
    ['the same second', headers(0), at + 900, at + 950, 0],
    ['a second that began while the answer was on its way', headers(-2), at, at + 2000, 0],
    ['a machine that is ahead', headers(120), at, at, 119],
    ['a machine that is behind', headers(-120), at, at, -120],
    ['an answer that a cache kept', headers(120, '120'), at + 500, at + 600, 0],
    ['an age that is not a number', headers(120, 'old'), at, at, 119],
  ])('with %s is read from the answer', (_, given, sent, received, ahead) => {
    expect(readClock(given, sent, received)).toEqual({ ahead })
  })

  test.each([undefined, 'yesterday'])('cannot be read from the date %s', (date) => {
    expect(readClock(new Headers(date === undefined ? {} : { date }), at, at)).toBeUndefined()
  })

  test.each([
    [0, 'ok', 'the same time as here'],
    [-29, 'ok', 'this machine is 29 s behind, of 30 s that are allowed'],
    [31, 'problem', 'this machine is 31 s ahead'],
  ])('that is %i s off is %s', (ahead, status, text) => {
    const clocks = new Map([['https://ci.acme.dev/keys', { ahead }]])
    expect(checkClock('https://ci.acme.dev', clocks)).toMatchObject([{ status, text: `https://ci.acme.dev: ${text}` }])
  })

  test('is not that of another host', () => {
    expect(checkClock('https://ci.acme.dev', new Map([['https://other.acme.dev/', { ahead: 99 }]]))).toEqual([])
  })
})
