import { githubActions } from '@jobpass/core'
import { expect, test } from 'vitest'
import { lintPolicy } from './lint-policy.ts'
import { parsePolicy } from './load-policy.ts'

const providers = [githubActions] as const

test('lintPolicy() finds unsafe rules of a document, and says where they are', () => {
  const policy = parsePolicy(
    `rules:
  deploy: { provider: github-actions, repositoryId: '74205118', branch: main }
  read: { provider: github-actions, repositoryId: '74205118', branch: main, environment: prod* }
`,
    { providers },
  )

  expect(lintPolicy(policy).map(({ id, level, where }) => ({ id, level, where }))).toEqual([
    { id: 'L060', level: 'error', where: 'routes.read[0].environment' },
  ])
})

test('lintPolicy() takes the options of the verifier into account', () => {
  const policy = parsePolicy(
    `{ "rules": { "deploy": { "provider": "github-actions", "repositoryId": "1", "branch": "main" } } }`,
    { providers },
  )
  const other = githubActions.at('https://git.acme.dev/_services/token')

  const findings = lintPolicy(policy, { audience: 'https://api.acme.dev', trust: other({ ownerId: '1234567' }) })

  expect(findings.map(({ id }) => id)).toContain('L071')
})
