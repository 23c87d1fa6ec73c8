/** The order of the pages. Their titles are their first headings. */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DefaultTheme } from 'vitepress'

interface Group {
  readonly text: string
  /** Paths of pages below `docs`, without `.md`; a folder for all of its pages. */
  readonly pages: readonly string[]
  /** Whether the group is closed on other pages. */
  readonly collapsed?: boolean
}

export const groups: readonly Group[] = [
  {
    text: 'Getting started',
    pages: [
      'getting-started/express',
      'getting-started/koa',
      'getting-started/hono',
      'getting-started/fastify',
      'getting-started/nestjs',
      'guides/try-it-locally',
    ],
  },
  {
    text: 'Guides',
    pages: [
      'guides/github-actions',
      'guides/gitlab',
      'guides/circleci',
      'guides/calling-from-a-job',
      'guides/monorepos-and-environments',
      'guides/many-tenants',
      'guides/jobs-and-people',
      'guides/mcp-servers',
      'guides/one-time-use',
      'guides/exchange',
      'guides/trusted-publishing',
      'guides/testing',
      'guides/command-line',
      'guides/policies-in-ci',
      'guides/behind-proxies',
      'guides/forward-auth',
      'guides/deploying',
      'guides/other-frameworks',
      'coming-from',
    ],
  },
  { text: 'Look up', pages: ['rules', 'refusals', 'options', 'support', 'troubleshooting', 'playground'] },
  {
    text: 'Security',
    pages: ['security/threat-model', 'security/headless-jwt', 'security/lint', 'security/lessons-and-attacks'],
  },
  {
    text: 'Operations',
    pages: [
      'operations/keys',
      'operations/signing-keys',
      'operations/replay',
      'operations/metrics',
      'operations/readiness',
      'speed',
    ],
  },
  { text: 'Platforms', pages: ['providers/README', 'providers'], collapsed: true },
  { text: 'Reference', pages: ['reference'], collapsed: true },
]

/** The sidebar for the pages below a folder. */
export function sidebar(docs: string): DefaultTheme.SidebarItem[] {
  return groups.map(({ text, pages, collapsed }) => {
    const items = pages
      .flatMap((page) => pagesOf(docs, page))
      .map((page) => ({ text: titleOf(docs, page), link: linkOf(page) }))
    // A group that can be closed links to its first page: as a button, it would have one in it.
    return { text, items, ...(collapsed === undefined ? {} : { collapsed, link: items[0]?.link ?? '' }) }
  })
}

/** A page, or the pages of a folder: of `providers`, those other than its README. */
export function pagesOf(docs: string, page: string): readonly string[] {
  if (page === 'reference') return referencePages(docs)
  if (page !== 'providers') return [page]
  const names = readdirSync(join(docs, page)).filter((name) => name.endsWith('.md') && name !== 'README.md')
  return names.map((name) => `${page}/${name.slice(0, -'.md'.length)}`)
}

/** The pages of the reference, in the order of its start page; none before they are generated. */
function referencePages(docs: string): readonly string[] {
  const start = join(docs, 'reference/README.md')
  if (!existsSync(start)) return []
  const links = readFileSync(start, 'utf8').matchAll(/^\| \[[^\]]+\]\(([\w-]+)\.md\)/gm)
  return ['reference/README', ...Array.from(links, ([, page]) => `reference/${page}`)]
}

/** The text of a page's first heading. */
export function titleOf(docs: string, page: string): string {
  const [, title] = /^# (.+)$/m.exec(readFileSync(join(docs, `${page}.md`), 'utf8')) ?? []
  if (title === undefined) throw new Error(`docs/${page}.md has no title`)
  return title.replaceAll('`', '')
}

/** The address of a page on the site. */
export function linkOf(page: string): string {
  return `/${page.replace(/README$/, '')}`
}
