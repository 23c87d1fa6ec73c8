import { expect, test } from 'vitest'
import { html } from './html.ts'

test('every value is escaped, in text and in attributes', () => {
  const value = `<img src=x onerror="alert('1')">&\``
  expect(html`<p title="${value}">${value}</p>`.text).toBe(
    '<p title="&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;&#96;">' +
      '&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;&#96;</p>',
  )
})

test('templates in templates, and lists of them, are not escaped again', () => {
  expect(html`${['<', '>'].map((each) => html`<i>${each}</i>`)}`.text).toBe('<i>&lt;</i><i>&gt;</i>')
})

test('undefined and false are left out, and numbers and empty text are kept', () => {
  expect(html`${undefined}${false}${0}${''}.`.text).toBe('0.')
})

test('an object that looks like a template is text', () => {
  const lookAlike = JSON.parse('{ "text": "<b>" }') as string
  expect(html`${lookAlike}`.text).not.toContain('<b>')
})

test('characters that show nothing are spelled out by their code points, so that no name imitates another', () => {
  expect(html`${'a\u202Eb\u200Bc\n\u0000'}`.text).toBe(String.raw`a\u202eb\u200bc\u000a\u0000`)
  const fillers = [0x3164, 0x115f, 0x1160, 0xffa0, 0x2800, 0x17b4, 0xad, 0x034f]
  const selectors = [0x180b, 0x180c, 0x180d, 0x180e, 0x180f, 0xfe00, 0xfe0f, 0xe0100, 0xe01ef]
  const hidden = [...fillers, ...selectors, 0x2066, 0xfeff, 0xd800, 0xdfff, 0xe0001, 0xe0041, 0xe007f]
  for (const point of hidden) {
    const digits = point.toString(16).padStart(4, '0')
    const spelled = point > 0xffff ? `\\u{${digits}}` : `\\u${digits}`
    expect(html`${`a${String.fromCodePoint(point)}b`}`.text).toBe(`a${spelled}b`)
  }
})

test('what shows something is kept, whatever its script', () => {
  const shown = 'café 한글 สวัสดี नमस्ते 😀 \u{1f468}\u{1f3fd} é e\u0301 ខ្មែរ'
  expect(html`${shown}`.text).toBe(shown)
})
