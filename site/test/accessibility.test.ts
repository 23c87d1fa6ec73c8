import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Browser } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { hasChromium, openSite } from './browser.ts'
import type { Site } from './serve.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const pages = [
  '',
  'guides/jobs-and-people',
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
      // The policy of the pages would not let axe-core in.
      const context = await browser.newContext({ bypassCSP: true, colorScheme, viewport: { width, height: 900 } })
      const page = await context.newPage()
      await page.goto(site.address + path, { waitUntil: 'networkidle' })
      if (path === 'playground') {
        await page.getByLabel('Job', { exact: true }).selectOption('pull_request_target')
        await page.getByRole('status').getByText('Refused').waitFor()
      }
      const shown = await page.evaluate(() => document.documentElement.scrollWidth)
      expect(shown).toBeLessThanOrEqual(width)
      await page.evaluate(axe)
      const { violations } = await page.evaluate(() =>
        (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
      )
      const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
      const found = serious.map(({ id, nodes }) => ({
        id,
        nodes: nodes.map(({ html, failureSummary }) => `${html.slice(0, 200)}: ${failureSummary}`).slice(0, 4),
      }))
      expect(found).toEqual([])
      await context.close()
    },
  )
})
