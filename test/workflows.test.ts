// S10: no workflow runs code that it does not pin, and no dependency runs where a release is
// signed.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'

const folder = `${dirname(dirname(fileURLToPath(import.meta.url)))}/.github`

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, unknown>>
}
interface Job {
  readonly permissions?: Readonly<Record<string, string>>
  readonly uses?: string
  readonly steps?: readonly Step[]
  readonly needs?: string
  readonly environment?: string
  readonly outputs?: Readonly<Record<string, string>>
}
interface Workflow {
  readonly on: unknown
  readonly permissions?: unknown
  readonly jobs: Readonly<Record<string, Job>>
}

const files = readdirSync(`${folder}/workflows`)
const textOf = (file: string): string => readFileSync(`${folder}/workflows/${file}`, 'utf8')
const jobs = files.flatMap((file) =>
  Object.entries((parse(textOf(file)) as Workflow).jobs).map(([name, job]) => [`${file}: ${name}`, job] as const),
)
const install = /\b(?:npm|pnpm|yarn|bun)\b[^\n]*\b(?:i|ci|install|add|exec|run|test|rebuild)\b|\bnpx\b|\bpip\b|\.ci\//

describe('S10: each workflow', () => {
  test.each(files)('S10: %s pins every action by commit, and names its version', (file) => {
    const uses = textOf(file).match(/^.*\buses:.*$/gm) ?? []
    expect(uses).not.toEqual([])
    for (const line of uses) expect(line).toMatch(/uses: [\w-]+\/[\w./-]+@[0-9a-f]{40} # v\d+(?:\.\d+)*$/)
  })

  test.each(files)('S10: %s grants no permissions to all jobs, and has no privileged trigger for outsiders', (file) => {
    const { on, permissions } = parse(textOf(file)) as Workflow
    expect(permissions).toEqual({})
    expect(JSON.stringify(on)).not.toMatch(/pull_request_target|workflow_run|issue_comment/)
  })

  test.each(files)('S10: %s puts no expression into a script', (file) => {
    const { jobs: all } = parse(textOf(file)) as Workflow
    for (const { steps = [] } of Object.values(all)) for (const { run = '' } of steps) expect(run).not.toContain('${{')
  })
})

describe('S10: each job', () => {
  test.each(jobs)('S10: %s states its permissions', (_, { permissions }) => {
    expect(Object.keys(permissions ?? {})).not.toEqual([])
    expect(Object.values(permissions ?? {}).every((value) => value === 'read' || value === 'write')).toBe(true)
  })

  test.each(jobs)('S10: %s keeps no credentials in its checkout, and uses no cache', (_, { steps = [] }) => {
    for (const { uses = '', with: given } of steps) {
      if (uses.startsWith('actions/checkout@')) expect(given?.['persist-credentials']).toBe(false)
      if (uses.startsWith('actions/setup-node@')) expect(given?.['package-manager-cache']).toBe(false)
      expect(uses).not.toMatch(/^actions\/cache/)
    }
  })

  test.each(jobs)('S10: %s runs no dependency where it can sign', (_, { permissions, steps = [] }) => {
    if (permissions?.['id-token'] === undefined) return
    // A job that publishes pages needs one more permission, and does nothing else.
    const actions = permissions['pages'] === undefined ? ['download-artifact', 'setup-node'] : ['deploy-pages']
    expect(permissions).toEqual({ 'id-token': 'write', ...(actions.length === 1 ? { pages: 'write' } : {}) })
    for (const { uses = '', run = '' } of steps) {
      expect(run).not.toMatch(install)
      expect(run === '' ? actions.map((name) => `actions/${name}`) : ['']).toContain(uses.split('@')[0])
    }
  })
})

test('S10: a release publishes the tarballs with the digests of the build', () => {
  const { build, publish } = (parse(textOf('release.yml')) as Workflow).jobs
  expect(build?.permissions).toEqual({ contents: 'read' })
  expect([publish?.needs, publish?.environment]).toEqual(['build', 'release'])
  expect(build?.outputs?.['digests']).toBe('${{ steps.pack.outputs.digests }}')
  const script = publish?.steps?.find(({ run }) => run !== undefined)?.run ?? ''
  expect(script.indexOf('sha256sum')).toBeGreaterThan(0)
  expect(script.indexOf('npm publish "./$tarball" --provenance')).toBeGreaterThan(script.indexOf('sha256sum'))
})

test('S10: actions and packages are updated by pull requests', () => {
  expect(existsSync(`${folder}/dependabot.yml`)).toBe(true)
  const { updates } = parse(readFileSync(`${folder}/dependabot.yml`, 'utf8')) as {
    readonly updates: readonly { readonly 'package-ecosystem': string }[]
  }
  expect(updates.map((each) => each['package-ecosystem'])).toEqual(['github-actions', 'npm'])
})

test('issue forms request what a maintainer needs, and vulnerabilities go to SECURITY.md', () => {
  const forms = readdirSync(`${folder}/ISSUE_TEMPLATE`).filter((name) => name !== 'config.yml')
  expect(forms.toSorted()).toEqual(['bug.yml', 'platform.yml'])
  for (const form of forms) {
    const { name, description, body } = parse(readFileSync(`${folder}/ISSUE_TEMPLATE/${form}`, 'utf8')) as {
      readonly name: string
      readonly description: string
      readonly body: readonly { readonly type: string; readonly validations?: { readonly required: boolean } }[]
    }
    expect([typeof name, typeof description]).toEqual(['string', 'string'])
    expect(body.some(({ validations }) => validations?.required === true)).toBe(true)
  }
  const config = parse(readFileSync(`${folder}/ISSUE_TEMPLATE/config.yml`, 'utf8')) as {
    readonly blank_issues_enabled: boolean
    readonly contact_links: readonly { readonly url: string }[]
  }
  expect(config.blank_issues_enabled).toBe(false)
  expect(config.contact_links.some(({ url }) => url.endsWith('/security/policy'))).toBe(true)
})

test('CodeQL, zizmor and the other runtimes run on pull requests and each week', () => {
  for (const file of ['codeql.yml', 'runtimes.yml', 'zizmor.yml']) {
    const { on } = parse(textOf(file)) as Workflow
    expect(Object.keys(on as object)).toEqual(['push', 'pull_request', 'schedule'])
  }
})
