import { createVerifier, decide } from '@jobpass/core'
import type { AnyWorkload, TrustRule } from '@jobpass/core'
import type { Browser, Page } from 'playwright-core'
import { beforeEach, describe, expect, test } from 'vitest'
import { issuerFor, mintClaims } from '@jobpass/cli/claims'
import type { AnyProvider } from '@jobpass/policy/built-in'
import { providerById, tenantOf } from '@jobpass/policy/built-in'
import { readRule } from '../playground/read-rule.ts'
import type { Claims } from '../playground/read-token.ts'
import { readState } from '../playground/state.ts'
import type { Watched } from './browser.ts'
import { hasChromium, openSite, watchPage } from './browser.ts'
import type { Scenario } from './scenarios.ts'
import { scenarios } from './scenarios.ts'
import type { Site } from './serve.ts'

let browser: Browser
let site: Site

openSite((opened) => {
  ;({ browser, site } = opened)
})

const headline = (page: Page) => page.getByRole('status')
const claimsIn = async (page: Page): Promise<Claims> =>
  JSON.parse(await page.getByLabel('Token or claims').inputValue()) as Claims

/** Waits until the result is that of the current fields. */
async function settled(page: Page): Promise<void> {
  await page.waitForTimeout(50)
  await page.waitForFunction(() => document.querySelector('.result')?.getAttribute('aria-busy') === 'false')
}

async function perform(page: Page, { platform, job, claims, language, rule, checkedAt }: Scenario): Promise<void> {
  await page.getByLabel('Platform').selectOption(platform)
  await page.getByLabel('Job', { exact: true }).selectOption(job)
  await expect.poll(() => page.getByLabel('Token or claims').inputValue()).toContain('"iss"')
  await settled(page)
  if (claims !== undefined) {
    const changed = { ...(await claimsIn(page)), ...claims }
    await page.getByLabel('Token or claims').fill(JSON.stringify(changed, null, 2))
  }
  if (language !== undefined) await page.getByLabel('Language').selectOption(language)
  await page.getByLabel('Rule', { exact: true }).fill(rule)
  if (checkedAt !== undefined) {
    await page.getByLabel('Token checked').selectOption('later')
    await page.getByLabel('Seconds later').fill(String(checkedAt))
  }
  await settled(page)
}

/**
 * What Node decides: a verifier that trusts every job makes the identity, and `decide()` the
 * verdict.
 */
async function decidedInNode(claims: Claims, rules: readonly TrustRule[], provider: AnyProvider) {
  const iss = claims['iss'] as string
  const { fetch } = await issuerFor(iss, provider)
  const tenant = tenantOf(provider, iss)
  let workload: AnyWorkload | undefined
  const verifier = createVerifier({
    audience: [claims['aud'] as string],
    trust: tenant === undefined ? provider.lookup(() => []) : provider(Object.fromEntries([tenant])),
    fetch,
    onVerdict: (event) => (workload = event.workload),
  })
  await verifier.authorize(`Bearer ${await mintClaims(claims, iss, provider)}`).catch(() => undefined)
  return decide(rules, workload as AnyWorkload)
}

async function rowsIn(page: Page): Promise<readonly string[]> {
  const rows = await page.getByRole('list', { name: 'Rules and checks' }).locator('ul > li').allInnerTexts()
  return rows.map((row) => row.replace(/\s+/g, ' '))
}

describe.runIf(hasChromium)('in Chromium, the playground', () => {
  let page: Page
  let watched: Watched

  beforeEach(async () => {
    page = await browser.newPage()
    watched = watchPage(page)
    await page.goto(`${site.address}playground`, { waitUntil: 'networkidle' })
    await settled(page)
    await page.waitForLoadState('networkidle')
    return async () => {
      expect(watched.problems).toEqual([])
      expect(watched.requests.filter((url) => !url.startsWith(site.address) && !url.startsWith('data:'))).toEqual([])
      await page.close()
    }
  })

  test.for(scenarios)('shows the scenario "$name" as Node decides it', async (scenario) => {
    const loaded = watched.requests.length
    await perform(page, scenario)
    const { code, status, fault, rule, language = 'typescript' } = scenario
    const read = await readRule(rule, language)
    const text = (await headline(page).innerText()).replace(/\s+/g, ' ')
    if (fault !== undefined) {
      expect(text).toContain('The rule has a fault')
      await page.getByRole('button', { name: `Line ${fault.line}, column ${fault.column}` }).waitFor()
      return
    }
    expect(text).toContain(code === undefined ? '✓ Allowed' : `✗ Refused: ${status} ${code}`)
    expect(watched.requests.slice(loaded)).toEqual([])
    if (code !== undefined && code !== 'workload_forbidden') {
      await expect.poll(() => page.getByLabel('the answer').innerText()).toContain(`"code": "${code}"`)
      return
    }
    const { rules } = read as { readonly rules: readonly TrustRule[] }
    const verdict = await decidedInNode(await claimsIn(page), rules, providerById(scenario.platform) as AnyProvider)
    expect(verdict.allowed).toBe(code === undefined)
    const expected = verdict.rules.flatMap(({ checks }) =>
      checks.map(({ field, passed }) => `${passed ? '✓ passed:' : '✗ failed:'} ${field} `),
    )
    const shown = await rowsIn(page)
    expect(expected.map((start, index) => shown[index]?.startsWith(start))).toEqual(expected.map(() => true))
    // What follows are the verifier's own checks.
    expect(shown.slice(expected.length).every((row) => row.startsWith('✓ passed:'))).toBe(true)
  })

  test('sends no request while somebody writes a rule and claims', async () => {
    const loaded = watched.requests.length
    await page.getByLabel('Rule', { exact: true }).fill(`githubActions({ owner: 'acme' })`)
    await page.getByLabel('Platform').selectOption('gitlab')
    await page.getByLabel('Token or claims').fill('{ "iss": "https://gitlab.com" }')
    await page.getByLabel('Audience').fill('https://api.example')
    await settled(page)
    expect(watched.requests.slice(loaded)).toEqual([])
  })

  test('keeps neither the signature nor the text of a pasted token', async () => {
    const claims = { ...(await claimsIn(page)), ref: 'refs/heads/pasted' }
    const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    const token = `${encode({ alg: 'RS256', kid: 'k' })}.${encode(claims)}.${'c2lnbmF0dXJl'.repeat(20)}`
    const field = page.getByLabel('Token or claims')
    await field.fill('')
    await field.focus()
    await page.evaluate((text) => {
      const data = new DataTransfer()
      data.setData('text', text)
      document.activeElement?.dispatchEvent(
        new ClipboardEvent('paste', { clipboardData: data, cancelable: true, bubbles: true }),
      )
    }, `Bearer ${token}`)
    expect(await claimsIn(page)).toEqual(claims)
    await page.getByText('The signature was removed').waitFor()
    await expect.poll(() => readState(new URL(page.url()).hash)?.claims).toEqual(claims)
    expect(Buffer.from(new URL(page.url()).hash.slice(1), 'base64url').toString()).not.toContain('c2lnbmF0')
    expect(await page.content()).not.toContain('c2lnbmF0')
  })

  test('restores claims and rule from its address', async () => {
    await perform(page, scenarios[1] as Scenario)
    await expect.poll(() => readState(new URL(page.url()).hash)?.claims?.['ref']).toBe('refs/heads/release-notes')
    const other = await browser.newPage()
    await other.goto(page.url(), { waitUntil: 'networkidle' })
    await headline(other).getByText('Refused: 403 workload_forbidden').waitFor()
    expect(await claimsIn(other)).toEqual(await claimsIn(page))
    expect(await other.getByLabel('Rule', { exact: true }).inputValue()).toBe(scenarios[1]?.rule)
    await other.close()
  })

  test('can be used by the keyboard only', async () => {
    const focused = () => page.evaluate(() => document.activeElement?.id ?? '')
    const tabTo = async (end: string): Promise<void> => {
      for (let count = 0; count < 60 && !(await focused()).endsWith(end); count++) await page.keyboard.press('Tab')
      expect(await focused()).toMatch(new RegExp(`${end}$`))
    }
    await tabTo('-job')
    await page.keyboard.press('ArrowDown')
    await expect.poll(() => page.getByLabel('Job', { exact: true }).inputValue()).toBe('tag')
    await tabTo('-text')
    await page.keyboard.press('Control+a')
    await page.keyboard.type(`githubActions({ repository: 'acme/shop', ta`)
    await page.getByRole('listbox').getByRole('option', { name: 'tag', exact: false }).first().waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.type('se')
    await page.getByRole('listbox').getByRole('option', { name: 'semver()' }).waitFor()
    await page.keyboard.press('Enter')
    await page.keyboard.type(' })')
    expect(await page.getByLabel('Rule', { exact: true }).inputValue()).toBe(
      `githubActions({ repository: 'acme/shop', tag: semver() })`,
    )
    await headline(page).getByText('Allowed').waitFor()
    // A closed list does not keep the focus.
    await page.keyboard.press('Tab')
    expect(await focused()).not.toMatch(/-text$/)
  })

  test('closes the list of completions by Escape', async () => {
    const rule = page.getByLabel('Rule', { exact: true })
    await rule.fill('')
    await rule.pressSequentially('gith')
    await page.getByRole('listbox').getByRole('option', { name: 'githubActions' }).waitFor()
    await page.keyboard.press('Escape')
    expect(await page.getByRole('listbox').count()).toBe(0)
    expect(await rule.inputValue()).toBe('gith')
  })
})
