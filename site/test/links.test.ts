// The built site: every link leads to a page and a heading, and each page exists as Markdown, too.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { DefaultTreeAdapterTypes } from 'parse5'
import { parse } from 'parse5'
import { expect, test } from 'vitest'

const dist = fileURLToPath(new URL('../.vitepress/dist/', import.meta.url))
const base = '/jobpass/'

interface Parsed {
  readonly ids: ReadonlySet<string>
  readonly links: readonly string[]
  /** Pictures without a text for those who do not see them. */
  readonly silent: readonly string[]
}

function parsePage(file: string): Parsed {
  const [ids, links, silent] = [new Set<string>(), [] as string[], [] as string[]]
  const visit = (node: DefaultTreeAdapterTypes.Node): void => {
    if ('attrs' in node) {
      const attributes = new Map(node.attrs.map(({ name, value }) => [name, value]))
      const [id, href, src] = ['id', 'href', 'src'].map((name) => attributes.get(name))
      if (id !== undefined) ids.add(id)
      if (node.tagName === 'a' && href !== undefined) links.push(href)
      if (node.tagName === 'img' && !src?.startsWith('data:')) links.push(src ?? '')
      if (node.tagName === 'img' && !attributes.get('alt')) silent.push(src ?? '')
    }
    if ('childNodes' in node) node.childNodes.forEach(visit)
  }
  visit(parse(readFileSync(dist + file, 'utf8')))
  return { ids, links, silent }
}

const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.html'))
const pages = new Map(files.map((file) => [file, parsePage(file)]))

/** The file of an address of the site. */
function fileOf(path: string): string | undefined {
  const name = path.slice(base.length)
  const names = [name, `${name}.html`, `${name}index.html`]
  return names.find((each) => existsSync(dist + each) && statSync(dist + each).isFile())
}

test.each(files)('every link of %s leads somewhere', (file) => {
  const address = new URL(base + file.replace(/(?:index)?\.html$/, ''), 'https://site.example')
  const broken = (pages.get(file) as Parsed).links.filter((link) => {
    const url = new URL(link, address)
    if (url.origin !== address.origin) return url.protocol !== 'https:'
    const target = url.pathname.startsWith(base) ? fileOf(url.pathname) : undefined
    const hash = decodeURIComponent(url.hash.slice(1))
    return target === undefined || (hash !== '' && pages.get(target)?.ids.has(hash) !== true)
  })
  expect(broken).toEqual([])
})

test('no page has the name of a folder, which some hosts would look into instead', () => {
  expect(files.filter((file) => existsSync(dist + file.replace(/\.html$/, '')))).toEqual([])
})

test('every picture has a text for those who do not see it', () => {
  expect([...pages].flatMap(([file, { silent }]) => silent.map((src) => `${file}: ${src}`))).toEqual([])
})

test('every page exists as Markdown, and llms.txt lists all of them', () => {
  const index = readFileSync(`${dist}llms.txt`, 'utf8')
  for (const file of files.filter((name) => name !== '404.html')) {
    const markdown = file.replace(/\.html$/, '.md')
    expect(readFileSync(dist + markdown, 'utf8').length).toBeGreaterThan(20)
    if (file !== 'index.html') expect(index).toContain(`https://jobpass.github.io/jobpass/${markdown})`)
  }
  expect(index).toMatch(/^# jobpass\n\n> One line lets CI jobs call your API/)
})
