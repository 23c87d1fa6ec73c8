// README, guides and examples get their tokens with the commands of the provider pages.

import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { findingsIn, lacks } from './programs.ts'
import { root, scriptsIn, snippetOf } from './snippets.ts'

interface Copy {
  readonly file: string
  /** The platform. */
  readonly id: 'github-actions' | 'gitlab' | 'circleci'
  /** The audience in this file. Default: the one of the pages. */
  readonly audience?: string
  /** GitLab's variable in this file. Default: the one of the pages. */
  readonly variable?: string
}

const pages: readonly Copy[] = [
  { file: 'README.md', id: 'github-actions' },
  { file: 'docs/guides/github-actions.md', id: 'github-actions' },
  { file: 'docs/guides/gitlab.md', id: 'gitlab' },
  { file: 'docs/guides/circleci.md', id: 'circleci' },
]

const deploy = 'https://deploy.acme.dev'
const artifacts = 'https://artifacts.acme.dev'
const examples: readonly Copy[] = [
  { file: 'express-deploy-api/ci/github-actions.yml', id: 'github-actions', audience: '$API' },
  { file: 'express-deploy-api/ci/gitlab-ci.yml', id: 'gitlab', audience: deploy, variable: 'DEPLOY_TOKEN' },
  { file: 'express-deploy-api/ci/circleci-config.yml', id: 'circleci', audience: deploy },
  { file: 'hono-deploy-api/ci/github-actions.yml', id: 'github-actions', audience: '$API' },
  { file: 'hono-deploy-api/ci/gitlab-ci.yml', id: 'gitlab', audience: deploy, variable: 'DEPLOY_TOKEN' },
  { file: 'hono-deploy-api/ci/circleci-config.yml', id: 'circleci', audience: deploy },
  { file: 'koa-artifact-store/ci/gitlab-ci.yml', id: 'gitlab', audience: artifacts, variable: 'STORE_TOKEN' },
  { file: 'koa-artifact-store/ci/circleci-config.yml', id: 'circleci', audience: artifacts },
  { file: 'multi-tenant/ci/github-actions.yml', id: 'github-actions', audience: '$API' },
  { file: 'container-registry/ci/github-actions.yml', id: 'github-actions', audience: '$REGISTRY' },
  { file: 'publish-service/ci/github-actions.yml', id: 'github-actions', audience: '$ISSUER' },
  {
    file: 'publish-service/ci/gitlab-ci.yml',
    id: 'gitlab',
    audience: 'https://packages.example/auth',
    variable: 'CI_TOKEN',
  },
].map((copy) => ({ ...copy, file: `examples/${copy.file}` }) as Copy)

const cannotCheck = lacks('shellcheck')

const read = (file: string): string => readFileSync(root + file, 'utf8')

const yamlBlocksOf = (page: string): readonly string[] =>
  Array.from(read(page).matchAll(/^```yaml\n([^]*?)^```$/gm), ([, code = '']) => code)

/** The part of a snippet that gets the token: every command but the last, or GitLab's variable. */
const tokenPart = (id: Copy['id']): string => {
  const snippet = snippetOf(id) ?? ''
  return /\$\{\w+_TOKEN:\?[^}]*\}/.exec(snippet)?.[0] ?? snippet.trimEnd().split('\n').slice(0, -1).join('\n')
}

test.each(pages)('$file has the snippet of the page of $id', ({ file, id }) => {
  expect(yamlBlocksOf(file).flatMap(scriptsIn)).toEqual([snippetOf(id)])
})

describe.each(examples)('$file', ({ file, id, audience, variable }) => {
  const scripts = scriptsIn(read(file))

  test('gets its token with the commands of the page of the platform', () => {
    const expected = tokenPart(id)
      .replaceAll('https://api.acme.dev', () => audience ?? '')
      .replaceAll('API_TOKEN', variable ?? '')
    expect(scripts.length).toBeGreaterThan(0)
    for (const script of scripts) expect(script).toContain(expected)
  })

  test('prints what the API says, and waits when an issuer is down', () => {
    for (const script of scripts) {
      expect(script).toContain('curl -sS --fail-with-body --retry 3 ')
      expect(script).not.toMatch(/--fail\b(?!-with-body)|\s-\w*f\s/)
    }
  })

  test.skipIf(cannotCheck)('has scripts without a finding', () => {
    for (const script of scripts) expect(findingsIn(script, 'bash')).toBe('')
  })
})

test('every build file of an example that sends a token with curl is compared', () => {
  const files = readdirSync(`${root}examples`).flatMap((name) =>
    readdirSync(`${root}examples/${name}`).includes('ci')
      ? readdirSync(`${root}examples/${name}/ci`).map((file) => `examples/${name}/ci/${file}`)
      : [],
  )
  const others = files.filter((file) => !examples.some((copy) => copy.file === file))
  // One uses `core.getIDToken()` of GitHub's toolkit, the other npm, which gets the token itself.
  expect(others).toEqual([
    'examples/koa-artifact-store/ci/github-actions.yml',
    'examples/npm-registry/ci/github-actions.yml',
  ])
})
