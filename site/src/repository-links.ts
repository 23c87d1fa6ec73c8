/** Links between pages and files of the repository. */

import { existsSync, statSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import type { MarkdownRenderer } from 'vitepress'
import { base, origin } from './address.ts'

const repository = 'https://github.com/jobpass/jobpass'
const pages = `${repository}/blob/main/docs/`
const site = origin + base

/**
 * Lets pages link to files outside of `docs`, as on GitHub: `../bench/RESULTS.md` becomes a link to
 * the repository. A link to a page of the repository, or of the published site, becomes one to the
 * page of this site.
 *
 * @throws {Error} for a file that does not exist, which ends the build.
 */
export function linkToRepository(markdown: MarkdownRenderer, docs: string): void {
  const render = markdown.renderer.rules.link_open
  markdown.renderer.rules.link_open = (tokens, index, options, env: { relativePath: string }, self) => {
    const token = tokens[index]
    const href = token?.attrGet('href') ?? ''
    const from = [pages, site].find((each) => href.startsWith(each))
    token?.attrSet('href', from === undefined ? resolved(href, env.relativePath, docs) : `/${href.slice(from.length)}`)
    return render?.(tokens, index, options, env, self) ?? self.renderToken(tokens, index, options)
  }
}

function resolved(href: string, page: string, docs: string): string {
  if (!/^[.\w-][./\w-]*(?:#|$)/.test(href)) return href
  const [file = '', hash] = resolve(dirname(resolve(docs, page)), href).split('#')
  if (!relative(docs, file).startsWith('..')) return href.replace(/README\.md(?=#|$)/, 'index.md')
  if (!existsSync(file)) throw new Error(`${page} links to ${href}, which does not exist`)
  const kind = statSync(file).isDirectory() ? 'tree' : 'blob'
  return [`${repository}/${kind}/main/${relative(dirname(docs), file)}`, hash].filter(Boolean).join('#')
}
