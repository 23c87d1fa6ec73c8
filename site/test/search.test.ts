import type { Browser } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { hasChromium, openSite } from './browser.ts'
import type { Site } from './serve.ts'

let browser: Browser
let site: Site

openSite((opened) => {
  ;({ browser, site } = opened)
})

describe.runIf(hasChromium)('the search', () => {
  test.each([
    ['private CA', 'troubleshooting#private-ca'],
    ['fork', 'guides/github-actions#pull-requests-and-forks'],
    ['rotate', 'guides/testing#trouble'],
    ['proxy', 'troubleshooting#proxy'],
    ['audience_mismatch', 'troubleshooting#wrong-audience'],
  ])('finds what it should for "%s"', async (words, address) => {
    const page = await browser.newPage()
    await page.goto(`${site.address}rules`, { waitUntil: 'networkidle' })
    await page.getByRole('button', { name: 'Search' }).first().click()
    await page.getByRole('searchbox').fill(words)
    const results = page.getByRole('option')
    await results.first().waitFor()
    const links = await page
      .getByRole('option')
      .getByRole('link')
      .evaluateAll((found) => found.map((each) => each.getAttribute('href')))
    expect(links).toContain(`/jobpass/${address}`)
    await page.close()
  })
})
