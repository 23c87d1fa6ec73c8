// The page of `jobpass dev` in a real browser.

import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Program } from '../../test/cli/program.ts'
import { bundleProgram } from '../../test/cli/program.ts'
import type { Running } from '../../test/cli/running.ts'
import { start } from '../../test/cli/running.ts'
import { audit } from './audit.ts'
import { hasChromium, launchBrowser, watchPage } from './browser.ts'

describe.skipIf(!hasChromium)('the page of a local issuer', () => {
  let program: Program
  let dev: Running
  let browser: Browser
  let url: string
  beforeAll(async () => {
    program = await bundleProgram()
    dev = await start(program, ['dev', '--port', '0'], 'Ctrl-C ends this.')
    url = /http:\/\/127\.0\.0\.1:\d+/.exec(dev.out)?.[0] ?? ''
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser.close()
    await dev.stop('SIGTERM')
    program.remove()
  })

  const open = async (): Promise<Page> => {
    const page = await browser.newPage()
    await page.goto(url)
    return page
  }

  test('gives the token of a job at the press of a button, with the claims that were typed', async () => {
    const page = await open()
    const { problems, requests } = watchPage(page)
    await page.fill('#audience', 'https://api.acme.dev')
    await page.fill('#claims', '{ "branch": "dev" }')
    await page.click('[data-job=workflow_dispatch]')
    await page.waitForSelector('#result:not([hidden])')
    const token = (await page.textContent('#token')) ?? ''
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as unknown
    expect(claims).toMatchObject({
      iss: url,
      aud: 'https://api.acme.dev',
      ref: 'refs/heads/dev',
      event_name: 'workflow_dispatch',
    })
    expect(JSON.parse((await page.textContent('#shown')) ?? '')).toEqual(claims)
    expect([problems, requests]).toEqual([[], [`${url}/tokens`]])
  })

  test('says what is wrong with claims that no job has', async () => {
    const page = await open()
    await page.fill('#claims', '{ "repositry": "acme/shop" }')
    await page.click('[data-job=push]')
    await page.waitForFunction(() => document.querySelector('#message')?.textContent !== '')
    expect(await page.textContent('#message')).toContain("did you mean 'repository'?")
  })

  test.each(['light', 'dark'] as const)('has no serious fault by axe, %s', async (colorScheme) => {
    const page = await browser.newPage({ bypassCSP: true, colorScheme, viewport: { width: 375, height: 800 } })
    await page.goto(url)
    await page.click('[data-job=push]')
    await page.waitForSelector('#result:not([hidden])')
    expect(await audit(page)).toEqual([])
  })
})
