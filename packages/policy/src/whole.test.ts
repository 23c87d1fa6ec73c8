// S19: a truncated policy is often a wider one. No prefix of a policy is ever put in force.

import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createVerifier, githubActions, gitlab } from '@jobpass/core'
import type { AnyWorkload, VerifierOptions } from '@jobpass/core'
import { createTestIssuer } from '@jobpass/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { manualClock } from '@jobpass/testing/internal'
import type { WatchedPolicy } from './file.ts'
import { watchPolicy } from './file.ts'
import { parsePolicy } from './load-policy.ts'

const providers = [githubActions, gitlab] as const
const first = 'rules:\n  deploy: { provider: gitlab, ownerId: "99", repository: acme/shop, branch: main }\n'

const block = `# Who may deploy.
rules:
  deploy:
    - provider: github-actions
      repositoryId: '74205118'
      branch: main
      environment: production
      settings:
        maxTokenAge: 300
    - provider: gitlab
      ownerId: '99'
      repository: acme/shop
      branch:
        - main
        - next
      reportOnly: true
  read:
    provider: github-actions
    ownerId: '1234567'
    branch: release
`
const flow = `{ rules: { deploy: { provider: github-actions, repositoryId: '74205118', branch: main } } }\n`
const json = JSON.stringify({
  rules: { deploy: { provider: 'github-actions', repositoryId: '74205118', branch: 'main' } },
})

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'jobpass-whole-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

interface Watching {
  readonly policy: WatchedPolicy<AnyWorkload>
  readonly file: string
  readonly errors: string[]
  look(times: number): void
}

function watch(file: string): Watching {
  const clock = manualClock()
  const errors: string[] = []
  const onError = (error: Error): void => void errors.push(error.message.replaceAll(folder, ''))
  const policy = watchPolicy(file, { providers, clock, onError })
  return { policy, file, errors, look: (times) => Array.from({ length: times }).forEach(() => clock.advance(1)) }
}

/** A policy in force, whose file is then written. */
function start(name: string, text = first): Watching {
  const file = join(folder, name)
  writeFileSync(file, name.endsWith('.json') ? json.replace('main', 'first') : text)
  return watch(file)
}

const refused =
  '/policy.yaml: was written in place and may be truncated: write another file and rename it over this one, or end the text with a line of three dots (...)'

test.each([
  ['policy.yaml', block],
  ['policy.yaml', `${block}...\n`],
  ['policy.yaml', `${block}...\n# The end.\n`],
  ['policy.yaml', flow],
  ['policy.yaml', `${flow}...`],
  ['policy.yaml', json],
  ['policy.json', json],
])('S19: no prefix takes effect while the file is written in place: %s, %j', (name, whole) => {
  const means = (text: string): string | undefined => {
    try {
      return parsePolicy(text, { providers }).fingerprint
    } catch {
      return undefined
    }
  }
  const watching = start(name)
  const { fingerprint } = watching.policy
  const meaning = means(whole)
  let valid = 0
  for (let length = 0; length < whole.length; length++) {
    const prefix = whole.slice(0, length)
    if (![undefined, meaning].includes(means(prefix))) valid++
    writeFileSync(watching.file, prefix)
    watching.look(3)
    watching.policy.reload()
    expect([fingerprint, meaning], JSON.stringify(prefix)).toContain(watching.policy.fingerprint)
  }
  // Block YAML has many valid prefixes with another meaning; flow YAML and JSON have none.
  expect(valid > 0).toBe(whole.startsWith(block))
})

test('S19: the watch uses complete texts, and reports once what to do about others', () => {
  const watching = start('policy.yaml')
  const { fingerprint } = watching.policy
  writeFileSync(watching.file, block)
  watching.look(5)
  expect([watching.policy.fingerprint, watching.errors]).toEqual([fingerprint, [refused]])
  expect(watching.policy.reload()).toBe(false)
  writeFileSync(watching.file, `${block}...\n`)
  watching.look(2)
  expect(watching.policy.names).toEqual(['deploy', 'read'])
  expect(watching.errors).toEqual([refused, refused])
})

test('S19: the watch uses a renamed file, but later writes to it only with a recognizable end', () => {
  const watching = start('policy.yaml')
  writeFileSync(`${watching.file}.new`, block)
  renameSync(`${watching.file}.new`, watching.file)
  watching.look(2)
  expect([watching.policy.names, watching.errors]).toEqual([['deploy', 'read'], []])

  const { fingerprint } = watching.policy
  writeFileSync(watching.file, block.slice(0, block.indexOf('  read')))
  watching.look(2)
  expect([watching.policy.fingerprint, watching.errors]).toEqual([fingerprint, [refused]])
})

test('S19: the watch uses a ConfigMap once its symbolic link is switched', () => {
  const mount = (version: string, text: string): void => {
    mkdirSync(join(folder, version))
    writeFileSync(join(folder, version, 'policy.yaml'), text)
    symlinkSync(version, join(folder, '..data_tmp'))
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'))
  }
  mount('..1', first)
  symlinkSync(join('..data', 'policy.yaml'), join(folder, 'policy.yaml'))
  const watching = watch(join(folder, 'policy.yaml'))
  mount('..2', block)
  watching.look(2)
  expect([watching.policy.names, watching.errors]).toEqual([['deploy', 'read'], []])
})

test('S19: the watch uses a new file that is still growing only with a recognizable end', () => {
  const watching = start('policy.yaml')
  const { fingerprint } = watching.policy
  writeFileSync(`${watching.file}.new`, block.slice(0, 30))
  renameSync(`${watching.file}.new`, watching.file)
  watching.look(1)
  writeFileSync(watching.file, block.slice(0, block.indexOf('  read')))
  watching.look(3)
  expect([watching.policy.fingerprint, watching.errors]).toEqual([fingerprint, [refused]])
})

test('O16: the watch notices a second change of the same size within the same second', () => {
  const second = 1_795_166_150
  const text = (branch: string): string => `${first.replace('main', branch)}...\n`
  const watching = start('policy.yaml')
  for (const branch of ['aaaa', 'bbbb', 'cccc', 'dddd']) {
    writeFileSync(watching.file, text(branch))
    utimesSync(watching.file, second, second)
    watching.look(2)
    expect(watching.policy.fingerprint).toBe(parsePolicy(text(branch), { providers }).fingerprint)
  }
})

const audience = 'https://api.acme.dev'

test.each<readonly [string, Partial<VerifierOptions>, string, string]>([
  [
    'strict requires ids',
    { strict: true },
    'rules: { deploy: { provider: gitlab, repository: acme/shop, branch: main } }\n...\n',
    'strict',
  ],
  [
    'a one-time rule needs a store',
    {},
    'rules: { deploy: { provider: gitlab, ownerId: "99", branch: main, settings: { oneTime: true } } }\n...\n',
    'replay',
  ],
])(
  'S19: reload() checks each verifier that uses a set before it replaces the rules: %s',
  async (_, options, text, word) => {
    const issuer = await createTestIssuer(gitlab)
    const trust = gitlab({ ownerId: '99' })
    const verifier = createVerifier({ audience, trust, fetch: issuer.fetch, ...options })
    const watching = start('policy.yaml')
    const handle = watching.policy.rules('deploy')
    const call = async (): Promise<unknown> => {
      const token = await issuer.mint({ aud: audience })
      return await verifier
        .guard(handle)([`Bearer ${token}`])
        .then(
          () => 'admitted',
          (error: unknown) => (error as { readonly code?: string }).code,
        )
    }
    const before = await call()
    const { fingerprint } = watching.policy

    writeFileSync(watching.file, text)
    expect(watching.policy.reload()).toBe(false)
    expect(watching.errors).toEqual([expect.stringMatching(`rules: The rules 'deploy' do not suit .*${word}`)])
    expect(watching.policy.fingerprint).toBe(fingerprint)
    expect(await call()).toBe(before)
    expect(before).toMatch(/admitted|workload_forbidden/)
  },
)
