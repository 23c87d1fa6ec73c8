import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import pc from 'picocolors'
import { afterAll, expect, test, vi } from 'vitest'
import { startApis } from './apis.ts'
import { calls } from './calls.ts'
import { startIssuers } from './issuers.ts'
import { runCalls } from './run.ts'
import { renderCurls } from './serve.ts'
import { renderSummary, renderTables } from './table.ts'

const issuers = await startIssuers()
const apis = await startApis(issuers)
afterAll(() => Promise.all([apis.close(), issuers.close()]))

const printed = vi.spyOn(process.stdout, 'write')
const environment = { ...process.env }
const outcomes = await runCalls(calls, apis, issuers.jobs)
const noise = printed.mock.calls.filter(([chunk]) => String(chunk).startsWith('::'))
printed.mockRestore()

test.each(outcomes)('$route, $system $caller: $expected', ({ actual, expected }) => {
  expect(actual).toBe(expected)
})

test('the demo leaves no data of its jobs in output or environment', () => {
  expect(noise).toEqual([])
  expect(process.env).toEqual(environment)
})

test('the table explains refusals, in at most 120 columns', () => {
  const [first] = outcomes
  if (first === undefined) throw new Error('there are calls')
  const wrong = [{ ...first, expected: '403 workload_forbidden' }, ...outcomes.slice(1)]
  const plain = pc.createColors(false)
  const text = renderTables(wrong, apis, plain)
  expect(text).toContain('expected 403 workload_forbidden, got 200')
  expect(renderSummary(wrong, plain)).toBe(`${outcomes.length} calls, 1 not answered as expected.`)
  expect(renderSummary(outcomes, plain)).toBe(`${outcomes.length} calls, each answered as expected.`)
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120)
})

test('the demo prints tokens to try manually', async () => {
  const text = await renderCurls(apis, issuers.jobs, pc.createColors(false))
  const token = /^MAIN=(\S+)$/m.exec(text)?.[1] ?? ''
  const response = await fetch(`${apis.express.url}/deploy`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}` },
  })
  expect(response.status).toBe(200)
})

test('the demo runs as a program: exits by itself, without colours in a pipe', async () => {
  const main = fileURLToPath(new URL('main.ts', import.meta.url))
  const args = ['--conditions=@jobpass/source', '--import', 'tsx', main]
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: { ...process.env, CI: '1' },
  })
  expect(stdout).toContain(`${calls.length} calls, each answered as expected.`)
  expect(stdout).not.toContain('\u001B')
  expect(stdout).not.toMatch(/^::/m)
})
