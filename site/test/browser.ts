/** Chromium for the tests of the site. */

import { existsSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll } from 'vitest'
import type { Site } from './serve.ts'
import { serveSite } from './serve.ts'

const executablePath = '/usr/bin/chromium'

/** Whether there is a browser; the tests that need it say so when they are skipped. */
export const hasChromium: boolean = existsSync(executablePath)

// A skipped test has no other place for its reason.
if (!hasChromium) console.warn(`skipped: the tests of the site need ${executablePath}`)

/** Starts the browser, without requests of its own. */
export function launchBrowser(): Promise<Browser> {
  const names = ['headless', 'no-sandbox', 'disable-gpu', 'disable-quic', 'no-first-run']
  const quiet = ['disable-background-networking', 'disable-component-update', 'disable-sync']
  return chromium.launch({ executablePath, args: [...names, ...quiet].map((name) => `--${name}`) })
}

/** What a page asked for and reported. */
export interface Watched {
  readonly requests: string[]
  readonly problems: string[]
}

/** Records the requests of a page, its console errors, and its exceptions. */
export function watchPage(page: Page): Watched {
  const watched: Watched = { requests: [], problems: [] }
  page.on('request', (request) => void watched.requests.push(request.url()))
  page.on('pageerror', (error) => void watched.problems.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') watched.problems.push(message.text())
  })
  return watched
}

/** Opens the built site in a browser before the tests of a file, and closes both after them. */
export function openSite(use: (opened: { readonly browser: Browser; readonly site: Site }) => void): void {
  if (!hasChromium) return
  let opened: { readonly browser: Browser; readonly site: Site }
  beforeAll(async () => {
    opened = { site: await serveSite(), browser: await launchBrowser() }
    use(opened)
  })
  afterAll(async () => {
    await opened.browser.close()
    opened.site.close()
  })
}
