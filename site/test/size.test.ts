import { gzipSync } from 'node:zlib'
import type { Browser, Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { hasChromium, openSite } from './browser.ts'
import type { Site } from './serve.ts'

let browser: Browser
let site: Site

openSite((opened) => {
  ;({ browser, site } = opened)
})

/** The compressed sizes of the scripts that a page loads, by their addresses. */
async function scriptsOf(
  path: string,
  use: (page: Page) => Promise<void> = async () => {},
): Promise<Map<string, number>> {
  const page = await browser.newPage()
  const urls = new Set<string>()
  // The site fetches the pages that a page links to, in advance.
  const isOther = (url: string): boolean => /\.md\.[\w-]+\.(?:lean\.)?js$/.test(url) && !url.includes(`/${path}.md.`)
  page.on('request', (request) => {
    if (request.url().endsWith('.js') && !isOther(request.url())) urls.add(request.url())
  })
  await page.goto(site.address + path, { waitUntil: 'networkidle' })
  await use(page)
  await page.waitForLoadState('networkidle')
  const sizes = [...urls].map(async (url): Promise<[string, number]> => {
    const response = await fetch(url)
    return [url, gzipSync(Buffer.from(await response.arrayBuffer())).length]
  })
  await page.close()
  return new Map(await Promise.all(sizes))
}

describe.runIf(hasChromium)('the scripts of the playground', () => {
  test('have at most 150 kB with all that it loads later, compressed', async () => {
    const other = await scriptsOf('speed')
    const own = await scriptsOf('playground', async (page) => {
      await page.getByRole('status').getByText('Allowed').waitFor()
      for (const language of ['yaml', 'json', 'typescript']) {
        await page.getByLabel('Language').selectOption(language)
        await page.getByRole('status').getByText('Allowed').waitFor()
      }
    })
    const sizes = [...own].filter(([url]) => !other.has(url)).map(([, size]) => size)
    expect(sizes.length).toBeGreaterThan(1)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(150_000)
  })
})
