import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitepress'
import { base, origin } from '../src/address.ts'
import { dropMembers } from '../src/drop-members.ts'
import { linkToRepository } from '../src/repository-links.ts'
import { sidebar } from '../src/sidebar.ts'
import { writeMarkdown } from '../src/write-markdown.ts'

const docs = fileURLToPath(new URL('../../docs', import.meta.url))

/**
 * The playground reads tokens, so no page may send anything anywhere. VitePress writes its first
 * scripts and styles into the pages.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self' 'unsafe-inline'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

const description = 'One line lets CI jobs call your API without a secret, and only the jobs you mean.'

export default defineConfig({
  title: 'jobpass',
  description,
  lang: 'en-US',
  base,
  srcDir: docs,
  // On GitHub, the page of a folder is its README.
  rewrites: { 'providers/README.md': 'providers/index.md', 'reference/README.md': 'reference/index.md' },
  cleanUrls: true,
  lastUpdated: false,
  // Without an icon, browsers ask for /favicon.ico at each first visit.
  head: [['link', { rel: 'icon', href: `${base}favicon.svg`, type: 'image/svg+xml' }]],
  transformHead: () => [['meta', { 'http-equiv': 'Content-Security-Policy', content: contentSecurityPolicy }]],
  // The usual themes have too little contrast on the grey of code.
  markdown: {
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-default' },
    config: (markdown) => void markdown.use(linkToRepository, docs),
  },
  buildEnd: ({ pages, outDir }) => writeMarkdown({ docs, pages, outDir, address: origin + base, description }),
  themeConfig: {
    nav: [
      { text: 'Getting started', link: '/getting-started/express' },
      { text: 'Playground', link: '/playground' },
      { text: 'Platforms', link: '/providers/' },
      { text: 'Reference', link: '/reference/' },
    ],
    sidebar: sidebar(docs),
    outline: [2, 3],
    search: { provider: 'local' },
    socialLinks: [{ icon: 'github', link: 'https://github.com/jobpass/jobpass' }],
    editLink: { pattern: 'https://github.com/jobpass/jobpass/edit/main/docs/:path', text: 'Edit this page' },
  },
  vite: {
    plugins: [dropMembers()],
    resolve: {
      conditions: ['@jobpass/source'],
      // Pages are outside of this package, so Node would not find its dependencies from there.
      alias: [
        { find: 'vue', replacement: fileURLToPath(new URL('../node_modules/vue', import.meta.url)) },
        // Core loads it when it is needed, and the playground always needs it.
        { find: '../util/jose.ts', replacement: fileURLToPath(new URL('../playground/jose.ts', import.meta.url)) },
      ],
    },
    ssr: { noExternal: [/^@jobpass\//] },
    // Browsers of the last three years: older syntax would be a tenth larger.
    build: { target: 'es2022', chunkSizeWarningLimit: 1000 },
  },
})
