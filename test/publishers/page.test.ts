// The settings page in a browser: without a mouse, with hostile names, and from other sites.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { audit } from '../../site/test/audit.ts'
import { hasChromium, launchBrowser, watchPage } from '../../site/test/browser.ts'
import type { PageServer } from './page-server.ts'
import { fill, startPageServer } from './page-server.ts'

const shop = { project: 'shop', account: 'acme' } as const

describe.runIf(hasChromium)('the settings page in Chromium', () => {
  let browser: Browser
  let server: PageServer
  let context: BrowserContext
  let page: Page
  let problems: readonly string[]
  const address = (project = 'shop') => `${server.origin}/settings/publishers/${encodeURIComponent(project)}`

  beforeAll(async () => {
    ;[browser, server] = await Promise.all([launchBrowser(), startPageServer()])
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })
  beforeEach(async () => {
    await server.clear()
    context = await browser.newContext()
    await context.addCookies([{ name: 'session', value: 'of-ada', url: server.origin, sameSite: 'Lax' }])
    page = await context.newPage()
    problems = watchPage(page).problems
    return () => context.close()
  })

  /** Presses Tab until the element is reached. */
  const tabTo = async (text: string): Promise<void> => {
    for (let presses = 0; presses < 40; presses++) {
      await page.keyboard.press('Tab')
      const focused = await page.evaluate(() => {
        const element = document.activeElement as HTMLInputElement | null
        return element?.labels?.[0]?.textContent ?? element?.textContent ?? ''
      })
      if (focused.replace(/\s+/g, ' ').trim().startsWith(text)) return
    }
    throw new Error(`no press of Tab reaches ${text}`)
  }

  test('a publisher is added and removed by the keyboard only', async () => {
    await page.goto(address())
    for (const [label, value] of [
      ['Repository', 'acme/shop'],
      ['Owner id', '1234567'],
      ['Repository id', '74205118'],
      ['Workflow file', '.github/workflows/release.yml'],
      ['Environment', 'release'],
    ] as const) {
      await tabTo(label)
      await page.keyboard.type(value)
    }
    await page.keyboard.press('Enter')
    await page.waitForURL(`${address()}#added`)
    expect(await page.getByRole('status').filter({ visible: true }).textContent()).toBe('The publisher was added.')
    expect(await server.publishers.list(shop)).toMatchObject([
      {
        repository: 'acme/shop',
        ownerId: '1234567',
        repositoryId: '74205118',
        workflowFile: '.github/workflows/release.yml',
        environment: 'release',
      },
    ])
    await tabTo('Remove')
    await page.keyboard.press('Enter')
    await tabTo('Remove acme/shop')
    await page.keyboard.press('Enter')
    await page.waitForURL(`${address()}#removed`)
    expect(await server.publishers.list(shop)).toEqual([])
    expect(problems).toEqual([])
  })

  test('a repository without an id becomes a pending publisher, of the chosen CI system', async () => {
    await page.goto(address('@acme/shop'))
    await page.getByLabel('CI system').selectOption({ label: 'GitLab CI, gitlab.com' })
    await page.getByLabel('Repository', { exact: true }).fill('acme/platform/kiosk')
    await page.getByLabel('Owner id').fill('99')
    await page.getByRole('button', { name: 'Add publisher' }).click()
    await page.waitForURL(`${address('@acme/shop')}#added`)
    expect(await page.getByText('pending: first job before').count()).toBe(1)
    expect(await server.publishers.list({ project: '@acme/shop', account: 'acme' })).toMatchObject([
      { issuer: 'https://gitlab.com', repository: 'acme/platform/kiosk', repositoryId: undefined },
    ])
  })

  test('a form with faults keeps its values, has the focus on what is wrong, and links to the fields', async () => {
    await page.goto(address())
    await page.getByLabel('Repository', { exact: true }).fill('shop')
    await page.getByLabel('Owner id').fill('acme')
    await page.getByLabel('Environment').fill('<b>release</b>')
    await page.getByRole('button', { name: 'Add publisher' }).click()
    await page.getByRole('alert').waitFor()
    expect(await page.title()).toBe('Error: Trusted publishers of shop')
    expect(await page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('alert')
    expect(await page.getByRole('alert').getByRole('link').allTextContents()).toEqual([
      `Repository must be a name with its owner, such as 'acme/shop', not "shop"`,
      'Owner id must be of digits only, not "acme"',
    ])
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.waitForURL(`${address()}#repository`)
    expect(await page.getByLabel('Repository', { exact: true }).getAttribute('aria-invalid')).toBe('true')
    expect(await page.getByLabel('Environment').inputValue()).toBe('<b>release</b>')
    expect(await server.publishers.list(shop)).toEqual([])
  })

  test('a project that the account may not have is said to be so', async () => {
    await page.goto(address('taken'))
    for (const [label, value] of Object.entries({
      Repository: 'acme/shop',
      'Owner id': '1',
      'Repository id (optional)': '2',
    }))
      await page.getByLabel(label, { exact: true }).fill(value)
    await page.getByRole('button', { name: 'Add publisher' }).click()
    expect(await page.getByRole('alert').getByRole('listitem').allTextContents()).toEqual([
      'Project is not of this account',
    ])
  })

  test('a transfer is shown, and accepted by a button', async () => {
    await fill(server)
    await page.goto(address())
    await page.getByText('This repository was transferred to zebra, owner id 8080.').waitFor()
    await page.getByRole('button', { name: 'Accept the new owner' }).click()
    await page.waitForURL(`${address()}#accepted`)
    expect(await page.getByRole('button', { name: 'Accept the new owner' }).count()).toBe(0)
    expect((await server.publishers.list(shop)).map(({ ownerId }) => ownerId)).toEqual(['1234567', '8080', '99'])
  })

  test('the last uses link to their runs, and refusals say why', async () => {
    await fill(server)
    await page.goto(address())
    const uses = page.getByRole('region', { name: 'Last uses' })
    expect(await uses.getByRole('link', { name: 'run' }).first().getAttribute('href')).toBe(
      'https://github.com/acme/shop/actions/runs/19872285394',
    )
    const refusals = (await page.getByRole('region', { name: 'Last refusals' }).textContent())?.replace(/\s+/g, ' ')
    expect(refusals).toContain('Owner id must be 1234567, not 8080')
    expect(refusals).toContain('Workflow file must be .github/workflows/release.yml, and the job has none')
  })

  test('the last changes say who made them', async () => {
    await page.goto(address())
    await page.getByLabel('Repository', { exact: true }).fill('acme/shop')
    await page.getByLabel('Owner id').fill('1234567')
    await page.getByRole('button', { name: 'Add publisher' }).click()
    await page.waitForURL(`${address()}#added`)
    const [row] = await page.getByRole('region', { name: 'Last changes' }).locator('tbody tr').all()
    const cells = await row?.getByRole('cell').allTextContents()
    expect(cells?.slice(1).map((text) => text.replace(/\s+/g, ' ').trim())).toEqual([
      'added by acme',
      'acme/shop, owner id 1234567',
    ])
  })

  test.each([
    '<script>window.hacked = 1</script>',
    '"><img src=x onerror="window.hacked = 1">',
    `' autofocus onfocus='window.hacked = 1`,
    '</style><script>window.hacked = 1</script>',
    '</title><svg onload="window.hacked = 1">',
    'javascript:window.hacked=1',
    '\u202E\u2066gnp.exe',
    '{{constructor.constructor("window.hacked = 1")()}}',
  ])('the name %j is shown as text wherever it stands', async (name) => {
    await fill(server, name)
    await page.goto(address())
    await page.getByText('Last refusals').waitFor()
    expect(await page.evaluate(() => 'hacked' in window)).toBe(false)
    expect(await page.locator('script, img, svg, iframe, [onerror], [onload], [onfocus]').count()).toBe(0)
    expect(await page.locator('a[href^="javascript"]').count()).toBe(0)
    const shown = name.replace(/[\u202E\u2066]/g, (each) => `\\u${each.charCodeAt(0).toString(16)}`)
    expect(await page.getByRole('heading', { level: 3 }).first().textContent()).toBe(shown)
    expect(problems).toEqual([])
  })

  test('the policy of the page stops a script even if one were in it', async () => {
    await page.goto(address())
    await page.evaluate(() =>
      document.body.insertAdjacentHTML('beforeend', '<img src="x" onerror="window.hacked = 1">'),
    )
    await expect.poll(() => problems.some((each) => each.includes('Content Security Policy'))).toBe(true)
    expect(await page.evaluate(() => 'hacked' in window)).toBe(false)
  })

  describe('from another site', () => {
    /** Opens a page of another site, which sends a form as soon as it is loaded. */
    const openOther = async (token: string): Promise<number> => {
      const fields = {
        token,
        action: 'add',
        issuer: 'https://gitlab.com',
        repository: 'evil/shop',
        ownerId: '666',
        repositoryId: '667',
      }
      const inputs = Object.entries(fields).map(([name, value]) => `<input name="${name}" value="${value}">`)
      const other = createServer((_request, response) => {
        response.setHeader('Content-Type', 'text/html')
        response.end(`<form method="post" action="${address()}">${inputs.join('')}<button>send</button></form>`)
      }).listen(0, '127.0.0.1')
      await new Promise((resolve) => other.once('listening', resolve))
      try {
        await page.goto(`http://localhost:${(other.address() as AddressInfo).port}/`)
        const [answer] = await Promise.all([page.waitForResponse(address()), page.getByRole('button').click()])
        return answer.status()
      } finally {
        other.closeAllConnections()
        other.close()
      }
    }

    test('a form is refused even with a token of the session, and adds nothing', async () => {
      // The strictest cookie would not arrive at all; this one does.
      await context.clearCookies()
      await context.addCookies([{ name: 'session', value: 'of-ada', url: server.origin }])
      await page.goto(address())
      const token = await page.locator('form.add input[name=token]').inputValue()
      expect(await openOther(token)).toBe(403)
      expect(await server.publishers.list(shop)).toEqual([])
    })

    test('the page is shown in no frame', async () => {
      await page.goto(address())
      await page.setContent(`<iframe src="${address()}"></iframe>`)
      await page.frames()[1]?.waitForLoadState()
      expect(await page.frames()[1]?.content()).not.toContain('Trusted publishers')
    })
  })

  test.each([
    ['without a token', () => ''],
    ['with a token of another session of the account', () => page.locator('form.add input[name=token]').inputValue()],
  ])('a form of the same origin %s is refused, and adds nothing', async (_, tokenOf) => {
    await page.goto(address())
    const token = await tokenOf()
    await context.addCookies([{ name: 'session', value: 'of-bob', url: server.origin, sameSite: 'Lax' }])
    await page.goto(address())
    await page
      .locator('form.add input[name=token]')
      .evaluate((input, value) => input.setAttribute('value', value), token)
    await page.getByLabel('Repository', { exact: true }).fill('acme/shop')
    await page.getByLabel('Owner id').fill('1234567')
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.request().method() === 'POST'),
      page.getByRole('button', { name: 'Add publisher' }).click(),
    ])
    expect(answer.status()).toBe(403)
    expect(await server.publishers.list(shop)).toEqual([])
  })

  test('a project of another account, and a visitor without a session, get 404', async () => {
    expect((await page.goto(address('evil')))?.status()).toBe(404)
    await context.clearCookies()
    expect((await page.goto(address()))?.status()).toBe(404)
    expect(await page.textContent('body')).toContain('There is no such project, or it is not yours to manage.')
  })

  test.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 360],
    ['dark', 360],
  ] as const)('axe-core finds nothing serious in %s at %i px, and nothing is cut off', async (colorScheme, width) => {
    await fill(server)
    const seen = await browser.newContext({ bypassCSP: true, colorScheme, viewport: { width, height: 900 } })
    await seen.addCookies([{ name: 'session', value: 'of-ada', url: server.origin }])
    const audited = await seen.newPage()
    await audited.goto(address())
    await audited.locator('summary').first().click()
    expect(await audited.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
    expect(await audit(audited)).toEqual([])
    await audited.getByLabel('Repository', { exact: true }).fill('shop')
    await audited.getByLabel('Owner id').fill('acme')
    await audited.getByRole('button', { name: 'Add publisher' }).click()
    await audited.getByRole('alert').waitFor()
    expect(await audit(audited)).toEqual([])
    await seen.close()
  })

  test('every element that has the focus shows it', async () => {
    await fill(server)
    await page.goto(address())
    for (let presses = 0; presses < 15; presses++) {
      await page.keyboard.press('Tab')
      expect(await page.evaluate(() => getComputedStyle(document.activeElement as Element).outlineStyle)).toBe('solid')
    }
  })
})
