import type { Browser } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { audit } from './audit.ts'
import { hasChromium, openSite } from './browser.ts'
import type { Site } from './serve.ts'

const pages = [
  '',
  'guides/jobs-and-people',
  'guides/try-it-locally',
  'providers/github-actions',
  'reference/core-verifier',
  'options',
  'playground',
]

let browser: Browser
let site: Site

openSite((opened) => {
  ;({ browser, site } = opened)
})

const rows = pages.flatMap((path) =>
  (['light', 'dark'] as const).flatMap((colorScheme) => [375, 1280].map((width) => ({ path, colorScheme, width }))),
)

describe.runIf(hasChromium)('axe-core', () => {
  test.for(rows)(
    'finds nothing serious on /$path in $colorScheme at $width px',
    async ({ path, colorScheme, width }) => {
      const context = await browser.newContext({ bypassCSP: true, colorScheme, viewport: { width, height: 900 } })
      const page = await context.newPage()
      await page.goto(site.address + path, { waitUntil: 'networkidle' })
      if (path === 'playground') {
        await page.getByLabel('Job', { exact: true }).selectOption('pull_request_target')
        await page.getByRole('status').getByText('Refused').waitFor()
      }
      const shown = await page.evaluate(() => document.documentElement.scrollWidth)
      expect(shown).toBeLessThanOrEqual(width)
      expect(await audit(page)).toEqual([])
      await context.close()
    },
  )
})
