// Links between files of the repository lead somewhere, as GitHub resolves them.

import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import GithubSlugger from 'github-slugger'
import { expect, test } from 'vitest'
import { pages, read, root } from './pages.ts'

const repository = /^https:\/\/github\.com\/jobpass\/jobpass\/(?:blob|tree)\/main\//
/** Folders that a build fills. */
const built = ['docs/reference']

/** Text without code, where brackets are not links. */
const prose = (text: string): string => text.replaceAll(/^( *)```.*?^\1```$/gms, '').replaceAll(/`[^`\n]*`/g, '')

/** Links of a page to files of the repository: path from the root, and fragment. */
function linksOf(page: string): readonly { readonly link: string; readonly file: string; readonly hash: string }[] {
  return Array.from(prose(read(page)).matchAll(/\]\(([^)\s]+)\)/g), ([, link = '']) => link)
    .filter((link) => repository.test(link) || !/^(?:\w+:|\/)/.test(link))
    .map((link) => {
      const [path = '', hash = ''] = link.replace(repository, '').split('#')
      const file = repository.test(link) ? path : path === '' ? page : join(dirname(page), path)
      return { link, file: normalize(file).replace(/\/$/, ''), hash }
    })
}

/** The ids that GitHub gives to the headings of a page. */
function anchorsOf(file: string): ReadonlySet<string> {
  const slugger = new GithubSlugger()
  const headings = readFileSync(root + file, 'utf8')
    .replaceAll(/^( *)```.*?^\1```$/gms, '')
    .matchAll(/^#+ (.+)$/gm)
  return new Set(Array.from(headings, ([, heading = '']) => slugger.slug(heading)))
}

test.each(pages)('every link of %s leads to a file, and to a heading of it', (page) => {
  const broken = linksOf(page).filter(({ file, hash }) => {
    if (built.some((folder) => file.startsWith(folder))) return false
    if (!existsSync(root + file)) return true
    // GitHub shows the README of a folder, under this name.
    if (statSync(root + file).isDirectory()) return !['', 'readme'].includes(hash)
    return hash !== '' && !anchorsOf(file).has(hash)
  })
  expect(broken).toEqual([])
})
