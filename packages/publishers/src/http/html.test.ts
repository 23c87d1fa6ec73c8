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

test('characters that show nothing are spelled out, so that no name imitates another', () => {
  expect(html`${'a\u202Eb\u200Bc\n\u0000'}`.text).toBe(String.raw`a\u202eb\u200bc\u000a\u0000`)
})
