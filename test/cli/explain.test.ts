// `jobpass explain` as a program.

import { stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestIssuer } from '@jobpass/testing'
import { githubActions, gitlab } from '@jobpass/core'
import { runInProcess } from './in-process.ts'
import type { Program, Run } from './program.ts'
import { bundleProgram, hasTerminals } from './program.ts'
import { matchesSchema } from './schemas.ts'

const audience = 'https://api.acme.dev'
const policy = `rules:
  deploy:
    provider: github-actions
    repositoryId: '74205118'
    branch: main
`
let program: Program
const issuer = await createTestIssuer(githubActions)

beforeAll(async () => {
  program = await bundleProgram()
  program.write('policy.yaml', policy)
})
afterAll(() => program.remove())

test('a refused job exits with 1, and names check, place and changes', async () => {
  const token = await issuer.mint({ aud: audience, branch: 'dev' })
  const { out, err, code } = await program.run(['explain', '--audience', audience], { input: token })
  expect([code, err]).toEqual([1, ''])
  expect(out).toContain('refused 403 workload_forbidden')
  expect(out).toContain('✗ branch is "dev", wanted equals "main"')
  expect(out).toContain('The nearest rule is at policy.yaml:3:5.')
  expect(out).toContain('rule      `branch: [main, dev]` admits both.')
})

test('a job that would be allowed exits with 2, since nothing verified its signature', async () => {
  const token = await issuer.mint({ aud: audience, branch: 'main' })
  const { out, code } = await program.run(['explain', '--audience', audience], { input: token })
  expect(code).toBe(2)
  expect(out).toContain('Not verified: signature. This does not count as allowed (exit code 2)')
})

test.skipIf(!hasTerminals)('in a terminal of 20 columns, the answer is the same, with colours', async () => {
  const claims = program.write('claims.json', JSON.stringify(issuer.claims({ aud: audience, branch: 'dev' })))
  const args = ['explain', '--audience', audience, '--claims', claims]
  const plain = await program.run(args)
  const { out, code } = await program.runInTerminal(args, { columns: 20 })
  expect(code).toBe(1)
  expect(out).toContain('\u001b[31m')
  expect(stripVTControlCharacters(out).replaceAll('\r\n', '\n')).toBe(plain.out)
  const { out: uncoloured } = await program.runInTerminal(args, { env: { NO_COLOR: '1' } })
  expect(uncoloured.replaceAll('\r\n', '\n')).toBe(plain.out)
})

const explain = (token: string, args: readonly string[] = [], fetch?: typeof globalThis.fetch): Promise<Run> =>
  runInProcess(['explain', ...args], {
    cwd: program.folder,
    stdin: (async function* () {
      yield Buffer.from(token)
    })(),
    ...(fetch && { fetch }),
  })

describe('the exit code', () => {
  const onMain = { aud: audience, branch: 'main' }

  test.each([
    ['0, where keys, dates and audience are verified', ['--audience', audience, '--verify'], 0],
    ['2, where no audience was named', ['--verify'], 2],
    ['2, where nothing checked the signature', ['--audience', audience], 2],
    ['2, where nothing was checked', [], 2],
    ['0, where the claims are known to be genuine', ['--audience', audience, '--claims-trusted'], 0],
  ])('of a job that would be allowed is %s', async (_, args, expected) => {
    expect((await explain(await issuer.mint(onMain), args, issuer.fetch)).code).toBe(expected)
  })

  test('is 2 for claims, and 0 where they are known to be genuine', async () => {
    const claims = program.write('claims.json', JSON.stringify(issuer.claims(onMain)))
    expect((await explain('', ['--claims', claims, '--audience', audience])).code).toBe(2)
    expect((await explain('', ['--claims', claims, '--audience', audience, '--claims-trusted'])).code).toBe(0)
  })

  test.each([
    ['an expired token', { exp: 1_600_000_300, iat: 1_600_000_000, nbf: 1_600_000_000 }, 2, 1],
    ['another audience', { aud: 'https://other.example' }, 1, 1],
    ['another branch', { branch: 'dev' }, 1, 1],
    ['a missing claim', { repository_id: undefined }, 1, 1],
  ])('of %s counts the dates with --verify only', async (_, claims, offline, verified) => {
    const token = await issuer.mint({ ...onMain, ...claims })
    expect((await explain(token, ['--audience', audience])).code).toBe(offline)
    expect((await explain(token, ['--audience', audience, '--verify'], issuer.fetch)).code).toBe(verified)
  })

  test('is 4 where the keys cannot be fetched', async () => {
    const offline: typeof fetch = async () => {
      throw new TypeError('fetch failed')
    }
    const { code, out } = await explain(await issuer.mint(onMain), ['--audience', audience, '--verify'], offline)
    expect(code).toBe(4)
    expect(out).toContain('refused 503 issuer_unavailable')
  })

  test('is 3 for a set that the policy does not have, and for a variable that is not set', async () => {
    expect(await explain('', ['--set', 'publish'])).toMatchObject({
      code: 3,
      err: expect.stringContaining('its sets are deploy'),
    })
    expect(await explain('', ['--token-env', 'TOKEN'])).toMatchObject({
      code: 3,
      err: 'jobpass: the variable TOKEN is not set\n',
    })
  })
})

describe('a token that is refused before it is verified', () => {
  const steps = async (token: string): Promise<readonly (readonly [code: string, assumed: string | undefined])[]> => {
    const { out } = await explain(token, ['--audience', audience, '--json'])
    await matchesSchema(program, 'explain', JSON.parse(out))
    const { steps: all } = JSON.parse(out) as { steps: { code: string; assumed?: string }[] }
    return all.map(({ code, assumed }) => [code, assumed])
  }

  test('shows each refusal that would come next', async () => {
    const old = { exp: 1_600_000_300, iat: 1_600_000_000, nbf: 1_600_000_000 }
    expect(await steps(await issuer.mint({ aud: 'https://other.example', branch: 'dev', ...old }))).toEqual([
      ['token_expired', 'the token were presented right after it was issued'],
      ['audience_mismatch', `the token were for ${audience}`],
      ['workload_forbidden', undefined],
    ])
  })

  test.each([
    ['in quotes', (token: string) => `"${token}"`],
    ['without its signature', (token: string) => token.replace(/[^.]*$/, '')],
    ['in the JSON of its answer', (token: string) => JSON.stringify({ value: token })],
  ])('%s, is read as far as it can be', async (_, write) => {
    const [first] = await steps(write(await issuer.mint({ aud: audience, branch: 'dev' })))
    expect(first?.[0]).toMatch(/^(?:(?:token|request)_malformed|signature_invalid)$/)
  })

  test('and cannot be decoded ends there', async () => {
    expect(await steps('null')).toEqual([['token_malformed', undefined]])
  })
})

describe('what to change', () => {
  const advice = async (claims: object, options: object = {}): Promise<readonly string[]> => {
    const token = await issuer.mint({ aud: audience, branch: 'main', ...claims }, options)
    const { out } = await explain(token, ['--audience', audience, '--json'])
    const { advice: all } = JSON.parse(out) as { advice: { where: string; text: string }[] }
    return all.map(({ where, text }) => `${where}: ${text}`)
  }

  test('is in the rule and in the workflow for another branch', async () => {
    expect(await advice({ branch: 'dev' })).toEqual([
      'rule: `branch: [main, dev]` admits both.',
      'workflow: Run the job on the branch: `on: { push: { branches: [main] } }`.',
    ])
  })

  test('is in the workflow for another audience', async () => {
    expect(await advice({ aud: 'https://other.example' })).toEqual([
      `workflow: Ask for the audience: \`core.getIDToken('${audience}')\`.`,
    ])
  })

  test('names an event that outsiders can start, with a warning', async () => {
    expect(await advice({}, { trigger: 'pull_request' })).toContain(
      'rule: Name it: `event: pull_request`; outsiders can start such runs, so only if the route may run their code.',
    )
  })

  test('is in the settings of the platform for a claim that is missing', async () => {
    expect(await advice({ repository_id: undefined })).toEqual([
      'settings: The platform must send the claim repository_id in the documented form: https://jobpass.github.io/jobpass/providers/github-actions',
    ])
  })

  test('is a whole rule for an issuer without one', async () => {
    const other = await createTestIssuer(gitlab)
    const { out } = await explain(await other.mint({ aud: audience }), ['--audience', audience])
    expect(out).toContain('rule      Add a rule for this issuer, if its jobs may call; see the suggestion.')
    expect(out).toMatch(/The tightest rule for jobs like this one\n {2}provider: gitlab\n/)
  })
})

test('rules that only report admit nobody, and are counted in the place', async () => {
  program.write(
    'reports.yaml',
    `rules:\n  deploy:\n    - { provider: github-actions, repositoryId: '1', reportOnly: true }\n    - { provider: github-actions, repositoryId: '74205118', branch: main }\n`,
  )
  const { out } = await explain(await issuer.mint({ aud: audience, branch: 'dev' }), ['--policy', 'reports.yaml'])
  expect(out).toContain('The nearest rule is at reports.yaml:4:7.')
})

test('a trust set that refuses is named as trust, not as the route', async () => {
  program.write(
    'trust.yaml',
    `rules:\n  trust: { provider: github-actions, ownerId: '5' }\n  deploy: { provider: github-actions, repositoryId: '74205118' }\n`,
  )
  const args = ['--policy', 'trust.yaml', '--set', 'deploy', '--trust', 'trust', '--json']
  const { out } = await explain(await issuer.mint({ aud: audience }), args)
  expect((JSON.parse(out) as { steps: object[] }).steps).toEqual([
    expect.objectContaining({ code: 'workload_forbidden', layer: 'trust' }),
  ])
})
