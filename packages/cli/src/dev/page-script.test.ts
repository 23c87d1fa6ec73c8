// The script of the page runs with a page of stubs: what it sends, and what it shows.

import { Script } from 'node:vm'
import { beforeEach, expect, test, vi } from 'vitest'
import { pageOf } from './page.ts'
import { script } from './page-script.ts'

interface Part {
  value?: string
  textContent?: string
  hidden?: boolean
  click?: (event: { readonly target: { readonly dataset: { readonly job?: string } } }) => void
}

let parts: Map<string, Part>
const fetch = vi.fn<(path: string, init: { readonly body: string }) => Promise<Response>>()
const writeText = vi.fn<(text: string) => Promise<void>>()

const part = (id: string): Part => parts.get(id) as Part

beforeEach(() => {
  const page = pageOf({
    title: 'GitHub Actions',
    url: 'http://127.0.0.1:4920',
    audience: 'https://a.example',
    jobs: ['push'],
  })
  const ids = Array.from(page.matchAll(/ id="(\w+)"/g), ([, id = '']) => id)
  parts = new Map(ids.map((id) => [id, { value: '', hidden: true }]))
  part('audience').value = 'https://a.example'
  fetch.mockReset()
  const element = (id: string): object => {
    const found = part(id)
    return Object.assign(found, {
      addEventListener: (_: string, listen: Part['click']) => Object.assign(found, { click: listen }),
    })
  }
  new Script(script).runInNewContext({
    document: { getElementById: element },
    fetch,
    navigator: { clipboard: { writeText } },
  })
})

const press = (id: string, job?: string): void =>
  part(id).click?.({ target: { dataset: job === undefined ? {} : { job } } })

test('a button asks for a token of its job, and shows token and claims as text', async () => {
  fetch.mockResolvedValue(Response.json({ token: 'a.b.c', claims: { ref: 'refs/heads/<b>' } }))
  part('claims').value = '{"branch":"<b>"}'
  press('jobs', 'push')
  await expect.poll(() => part('message').textContent).toBe('A token of the job push.')
  const [path, { body }] = fetch.mock.calls[0] ?? ['', { body: '' }]
  expect([path, JSON.parse(body)]).toEqual([
    '/tokens',
    { job: 'push', audience: 'https://a.example', claims: { branch: '<b>' } },
  ])
  expect(part('token')).toMatchObject({ textContent: 'a.b.c' })
  expect(part('shown').textContent).toContain('refs/heads/<b>')
  expect(part('result').hidden).toBe(false)
  press('copy')
  await expect.poll(() => part('message').textContent).toBe('Copied.')
  expect(writeText).toHaveBeenCalledWith('a.b.c')
})

test('a refusal and claims that are not JSON are shown as a message', async () => {
  fetch.mockResolvedValue(Response.json({ message: 'There is no such job.' }, { status: 400 }))
  press('jobs', 'push')
  await expect.poll(() => part('message').textContent).toBe('There is no such job.')
  part('claims').value = '{'
  press('jobs', 'push')
  await expect.poll(() => part('message').textContent).toMatch(/JSON/)
  expect(fetch).toHaveBeenCalledTimes(1)
})

test('a click between the buttons does nothing', () => {
  press('jobs')
  expect(fetch).not.toHaveBeenCalled()
})

test('names and values are escaped in the page', () => {
  const page = pageOf({ title: '<i>', url: '"', audience: '"><script>', jobs: ['&'] })
  expect(page).not.toMatch(/<i>|"><script>|data-job="&"/)
  expect(page).toContain('value="&quot;&gt;&lt;script&gt;"')
})
