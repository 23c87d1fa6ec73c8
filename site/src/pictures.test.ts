// The pictures of the pages are drawn from their text sources; `npx vitest run site -u` draws them.

import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { drawPicture } from './pictures.ts'

const folder = fileURLToPath(new URL('../../docs/pictures/', import.meta.url))
const sources = readdirSync(folder).filter((name) => name.endsWith('.dot'))
const phone = 350 // Width of the text on a page, in pixels.
const smallest = 11

const numbersIn = (picture: string, pattern: RegExp): readonly number[] =>
  Array.from(picture.matchAll(pattern), ([, number]) => Number(number))

test('there are pictures to draw', () => {
  expect(sources).toEqual(['exchange.dot', 'fork.dot', 'request.dot', 'who-must-allow.dot'])
})

describe.each(sources)('%s', (name) => {
  const source = readFileSync(folder + name, 'utf8')

  test('the picture is what its source gives', async () => {
    await expect(await drawPicture(source)).toMatchFileSnapshot(folder + name.replace(/\.dot$/, '.svg'))
  })

  test('the text of the picture is readable on a phone', async () => {
    const picture = await drawPicture(source)
    const [width = 0] = numbersIn(picture, /<svg[^>]* width="(\d+)"/g)
    const sizes = numbersIn(picture, /font-size="([\d.]+)"/g)
    expect(Math.min(...sizes) * Math.min(1, phone / width)).toBeGreaterThanOrEqual(smallest)
  })
})

test('a picture has the comment at the head of its source as its title', async () => {
  const picture = await drawPicture('// A <job>\n// & its API.\ndigraph { job -> api }\n')
  expect(picture).toContain('<title>A &lt;job> &amp; its API.</title>\n')
  expect(picture.match(/<title>/g)).toHaveLength(1)
})

test('a picture without a description is not drawn', async () => {
  await expect(drawPicture('digraph { job -> api }')).rejects.toThrow(
    'a picture must begin with a comment that describes it',
  )
})

test('a source with a mistake is not drawn', async () => {
  await expect(drawPicture('// A job.\ndigraph { job -> }')).rejects.toThrow('syntax error')
})
