/** Links of pages to files of the repository that are no pages. */

import { existsSync, statSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import type { MarkdownRenderer } from 'vitepress'

const repository = 'https://github.com/jobpass/jobpass'

/**
 * Lets pages link to files outside of `docs`, as on GitHub: `../bench/RESULTS.md` becomes a link to
 * the repository.
 *
 * @throws {Error} for a file that does not exist, which ends the build.
 */
export function linkToRepository(markdown: MarkdownRenderer, docs: string): void {
  const root = dirname(docs)
  const render = markdown.renderer.rules.link_open
  markdown.renderer.rules.link_open = (tokens, index, options, env: { path: string; relativePath: string }, self) => {
    const token = tokens[index]
    const href = token?.attrGet('href') ?? ''
    if (/^[./\w-]+(?:#|$)/.test(href) && !href.startsWith('/')) {
      const [file = '', hash] = resolve(dirname(resolve(docs, env.relativePath)), href).split('#')
      if (relative(docs, file).startsWith('..')) {
        if (!existsSync(file)) throw new Error(`${env.path} links to ${href}, which does not exist`)
        const kind = statSync(file).isDirectory() ? 'tree' : 'blob'
        token?.attrSet('href', [`${repository}/${kind}/main/${relative(root, file)}`, hash].filter(Boolean).join('#'))
      }
    }
    return render?.(tokens, index, options, env, self) ?? self.renderToken(tokens, index, options)
  }
}
