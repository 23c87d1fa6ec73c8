import { expect, test } from 'vitest'
import { isStorable, shorten } from './text.ts'

/** Whole and half characters, and NUL. */
const pieces = ['', 'a', 'é', '😀', '\uD83D', '\uDE00', '\0']

/** All texts of five pieces: halves that meet are a whole character. */
const texts = pieces.reduce<readonly string[]>(
  (all, _, index) => (index < 5 ? all.flatMap((text) => pieces.map((piece) => text + piece)) : all),
  [''],
)

test('a text is storable if it is well-formed and has no NUL', () => {
  for (const text of texts) {
    const isWellFormed = new TextDecoder().decode(new TextEncoder().encode(text)) === text
    expect([text, isStorable(text)]).toEqual([text, isWellFormed && !text.includes('\0')])
  }
})

test.each([1, 2, 3, 4, 5, 200])('a text is shortened to %i whole characters, which are storable', (longest) => {
  for (const text of texts) {
    const whole = Array.from(text, (character) => (isStorable(character) ? character : '\uFFFD'))
    const shown = whole.length > longest ? [...whole.slice(0, longest - 1), '…'] : whole
    expect([text, shorten(text, longest)]).toEqual([text, shown.join('')])
  }
})

test('a text that is much longer is cut, too', () => {
  expect(shorten('😀'.repeat(1_000_000), 200)).toBe(`${'😀'.repeat(199)}…`)
})
