// `jobpass lint`: formats, suppressions, and what platforms say of names.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readFileSync } from 'node:fs'
import { lintTable } from '@jobpass/policy'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { runInProcess } from './in-process.ts'
import type { Program } from './program.ts'
import { bundleProgram, hasTerminals } from './program.ts'
import { matchesSchema } from './schemas.ts'

let program: Program
beforeAll(async () => {
  program = await bundleProgram()
})
afterAll(() => program.remove())

const clean = `rules:
  deploy:
    provider: github-actions
    repositoryId: '74205118'
    branch: main
`
const names = `# who may deploy
rules:
  deploy: # the shop
    - provider: github-actions
      repository: acme/shop   # moved in May
      branch: main

    - { provider: gitlab, repository: acme/platform/shop, branch: main, settings: { maxTokenAge: 900 } }
`

describe('the report', () => {
  test('is empty for a sound policy, which exits with 0', async () => {
    program.write('clean.yaml', clean)
    expect(await program.run(['lint', 'clean.yaml'])).toEqual({ code: 0, out: 'no findings in 1 file\n', err: '' })
  })

  test('names file, line and column, and exits with 1', async () => {
    program.write('names.yaml', names)
    const { out, code } = await program.run(['lint', 'names.yaml'])
    expect(code).toBe(1)
    expect(out).toContain('names.yaml:5:7 warning L001 Names without ids\n')
    expect(out).toContain('names.yaml:8:27 warning L001 Names without ids\n')
    expect(out).toMatch(/\n2 warnings in 1 file\n$/)
  })

  test('names every fault of a document that is not a policy', async () => {
    program.write('broken.yaml', 'rules:\n  deploy:\n    provider: github-actions\n    branchs: main\n')
    const { out, code } = await program.run(['lint', 'broken.yaml'])
    expect(code).toBe(1)
    expect(out).toContain('broken.yaml:4:5 error P001 Document that is not a policy\n')
    expect(out).toContain('did you mean "branch"?')
  })

  test('follows its schema as JSON', async () => {
    program.write('names.yaml', names)
    const { out, code } = await program.run(['lint', '--json', 'names.yaml'])
    expect(code).toBe(1)
    await matchesSchema(program, 'lint', JSON.parse(out))
  })

  test('is workflow commands for GitHub, which no value can end early', async () => {
    program.write('a,b:c%.yaml', names)
    const { out } = await program.run(['lint', '--format', 'github', 'a,b:c%.yaml'])
    expect(out.split('\n')[0]).toMatch(
      /^::warning file=a%2Cb%3Ac%25\.yaml,line=5,col=7,title=L001 Names without ids::Only 'repository' identifies /,
    )
    expect(out.trimEnd().split('\n')).toHaveLength(2)
  })

  test('goes to the summary page of the job, too', async () => {
    program.write('names.yaml', names)
    const summary = program.write('summary.md', '')
    await program.run(['lint', '--format', 'github', 'names.yaml'], { env: { GITHUB_STEP_SUMMARY: summary } })
    expect(readFileSync(summary, 'utf8')).toContain('| warning | L001 Names without ids | names.yaml:5 |')
  })

  // https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
  test.each([
    ['sound', clean, 0],
    ['with findings', names, 2],
  ])('as SARIF declares every lint, for a policy that is %s', async (_, text, count) => {
    program.write('policy.yaml', text)
    const { out } = await program.run(['lint', '--format', 'sarif', 'policy.yaml'])
    const { version, runs } = JSON.parse(out) as {
      version: string
      runs: [{ tool: { driver: { name: string; rules: { id: string }[] } }; results: Record<string, unknown>[] }]
    }
    expect([version, runs.length, runs[0].tool.driver.name]).toEqual(['2.1.0', 1, 'jobpass'])
    const ids = runs[0].tool.driver.rules.map(({ id }) => id)
    expect(ids).toEqual(expect.arrayContaining(lintTable.map(({ id }) => id)))
    expect(runs[0].results).toHaveLength(count)
    for (const result of runs[0].results)
      expect(result).toEqual({
        ruleId: 'L001',
        ruleIndex: ids.indexOf('L001'),
        level: 'warning',
        message: { text: expect.any(String) },
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: 'policy.yaml', index: 0 },
              region: {
                startLine: expect.any(Number),
                startColumn: expect.any(Number),
                endLine: expect.any(Number),
                endColumn: expect.any(Number),
              },
            },
          },
        ],
      })
  })

  test.skipIf(!hasTerminals)('has colours in a terminal only', async () => {
    program.write('names.yaml', names)
    const plain = await program.run(['lint', 'names.yaml'])
    const { out, code } = await program.runInTerminal(['lint', 'names.yaml'], { columns: 20 })
    expect(code).toBe(1)
    expect(out).toContain('\u001b[33mwarning\u001b[39m')
    const { out: without } = await program.runInTerminal(['lint', 'names.yaml'], { env: { NO_COLOR: '1' } })
    expect(without.replaceAll('\r\n', '\n')).toBe(plain.out)
  })

  test('a policy of 64 KiB is linted', async () => {
    const rule = (index: number): string =>
      `    - { provider: github-actions, repositoryId: '${index}', branch: main, environment: production-${index} }\n`
    let text = 'rules:\n  deploy:\n'
    for (let index = 1; text.length + 120 < 65_536; index++) text += rule(index)
    program.write('large.yaml', text)
    const { out, code } = await program.run(['lint', 'large.yaml'])
    expect([code, out]).toEqual([0, 'no findings in 1 file\n'])
  })
})

describe('a suppression', () => {
  const suppressed = (comment: string, above = ''): string =>
    `rules:\n  deploy:\n${above}    - provider: github-actions\n      repository: acme/shop${comment}\n      branch: main\n`

  test.each([
    ['behind the line', suppressed(' # jobpass-ignore L001: renames are announced')],
    ['above the rule', suppressed('', '    # jobpass-ignore L001, L999: renames are announced\n')],
    ['above the set', suppressed('').replace('  deploy:', '  # jobpass-ignore L001: renames are announced\n  deploy:')],
  ])('with a reason accepts a finding: %s', async (_, text) => {
    program.write('policy.yaml', text)
    const { out, code } = await program.run(['lint', 'policy.yaml'])
    expect([code, out]).toEqual([0, 'no findings in 1 file, 1 suppressed\n'])
  })

  test.each([
    ['without a reason is an error', suppressed(' # jobpass-ignore L001'), /error P002 Suppression without a reason/],
    ['with an empty reason is an error', suppressed(' # jobpass-ignore L001: '), /error P002/],
    ['without a lint is an error', suppressed(' # jobpass-ignore: because'), /error P002/],
    ['of another lint is reported', suppressed(' # jobpass-ignore L002: x'), /L001[^]*P003 Suppression of nothing/],
    [
      'on another line is reported',
      suppressed('').replace('branch: main', 'branch: main # jobpass-ignore L001: x'),
      /L001[^]*P003/,
    ],
  ])('%s', async (_, text, expected) => {
    program.write('policy.yaml', text)
    const { out, code } = await program.run(['lint', 'policy.yaml'])
    expect(code).toBe(1)
    expect(out).toMatch(expected)
  })

  test('in a text is no suppression', async () => {
    program.write('policy.yaml', `description: |\n  # jobpass-ignore L001: not a comment\n${suppressed('')}`)
    const { out } = await program.run(['lint', 'policy.yaml'])
    expect(out).toMatch(/L001[^]*1 warning in 1 file\n$/)
    expect(out).not.toContain('P003')
  })
})

/** What GitHub and GitLab answer, from their documentation. */
const known: Readonly<Record<string, unknown>> = {
  'api.github.com/repos/acme/shop': { id: 74_205_118, full_name: 'acme/shop', owner: { id: 1_234_567, login: 'acme' } },
  'api.github.com/users/acme': { id: 1_234_567, login: 'acme', type: 'Organization' },
  'api.github.com/repos/acme/shop/contents/.github/workflows/ci.yml': { type: 'file' },
  'api.github.com/repos/acme/shop/environments/production': { id: 1, name: 'production' },
  'gitlab.com/api/v4/projects/acme%2Fplatform%2Fshop': {
    id: 48_120_077,
    namespace: { id: 99, full_path: 'acme/platform' },
  },
  'gitlab.com/api/v4/projects/acme%2Fplatform%2Fshop/environments?name=production': [{ id: 3, name: 'production' }],
  'gitlab.com/api/v4/projects/acme%2Fplatform%2Fshop/environments?name=staging': [],
}

describe('with the platforms', () => {
  const asked: string[] = []
  let status = 0
  const server = createServer((request, response) => {
    // The first segment is the host that the program asked.
    const key = (request.url ?? '').slice(1)
    const { authorization, 'private-token': token } = request.headers
    asked.push(`${key} ${authorization ?? [token].flat()[0] ?? 'anonymous'}`)
    // https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api#user-agent
    if (request.headers['user-agent'] !== 'jobpass') return response.writeHead(403).end()
    if (status !== 0) return response.writeHead(status).end('{}')
    if (!Object.hasOwn(known, key)) return response.writeHead(404).end('{"message":"Not Found"}')
    return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(known[key]))
  })
  let origin: string
  beforeAll(async () => {
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => void server.close())
  beforeEach(() => {
    asked.length = 0
    status = 0
  })

  const lint = (args: readonly string[], env: Readonly<Record<string, string>> = {}): ReturnType<typeof runInProcess> =>
    runInProcess(['lint', ...args], {
      cwd: program.folder,
      env,
      fetch: (url, init) => fetch(String(url).replace('https:/', origin), init),
    })

  test('--fix writes ids, and keeps every comment and the layout', async () => {
    const path = program.write('policy.yaml', names)
    const { out, err, code } = await lint(['--online', '--fix', 'policy.yaml'])
    expect([code, out, err]).toEqual([0, 'no findings in 1 file\n', 'policy.yaml: wrote the ids of its names\n'])
    expect(readFileSync(path, 'utf8')).toBe(
      names
        .replace('# moved in May\n', "# moved in May\n      repositoryId: '74205118'\n")
        .replace('acme/platform/shop,', "acme/platform/shop, repositoryId: '48120077',"),
    )
  })

  test.each([
    [
      'JSON',
      'policy.json',
      '{\n  "rules": {\n    "deploy": {\n      "provider": "github-actions",\n      "repository": "acme/shop",\n      "branch": "main"\n    }\n  }\n}\n',
      '"repository": "acme/shop",',
      '"repository": "acme/shop",\n      "repositoryId": "74205118",',
    ],
    [
      'CRLF',
      'policy.yaml',
      clean.replace("repositoryId: '74205118'", 'repository: acme/shop').replaceAll('\n', '\r\n'),
      'repository: acme/shop\r\n',
      "repository: acme/shop\r\n    repositoryId: '74205118'\r\n",
    ],
    [
      'a list',
      'policy.yaml',
      clean.replace("repositoryId: '74205118'", 'repository:\n      - acme/shop # one\n'),
      '# one\n',
      "# one\n    repositoryId: '74205118'\n",
    ],
    [
      'an owner',
      'policy.yaml',
      'rules:\n  deploy: [{ provider: github-actions, owner: acme, branch: main }]\n',
      'owner: acme,',
      "owner: acme, ownerId: '1234567',",
    ],
    ['an id that is there', 'policy.yaml', clean, 'x', 'x'],
  ])('--fix writes into %s', async (_, file, text, from, to) => {
    const path = program.write(file, text)
    await lint(['--online', '--fix', file])
    expect(readFileSync(path, 'utf8')).toBe(text.replace(from, to))
  })

  test('--fix leaves a name without an id, and says that there is none', async () => {
    const path = program.write('policy.yaml', names.replaceAll('acme/shop', 'acme/gone'))
    const { out, code } = await lint(['--online', '--fix', 'policy.yaml'])
    expect(code).toBe(1)
    expect(out).toContain(
      "policy.yaml:5:7 error P010 Name that the platform does not know\n  There is no repository 'acme/gone'.",
    )
    expect(readFileSync(path, 'utf8')).toContain('acme/gone   # moved in May\n      branch')
  })

  test.each([
    [
      'an id of another repository',
      "repository: acme/shop\n    repositoryId: '5'",
      "P011 Name and id of different owners\n  'acme/shop' has the repositoryId 74205118.",
    ],
    [
      'a workflow file that is not there',
      "repositoryId: '74205118'\n    repository: acme/shop\n    workflowFile: .github/workflows/cd.yml",
      "P012 Workflow file that does not exist\n  'acme/shop' has no file '.github/workflows/cd.yml'.",
    ],
    [
      'an environment that is not there',
      "repositoryId: '74205118'\n    repository: acme/shop\n    environment: prod",
      "P013 Environment that does not exist\n  'acme/shop' has no environment 'prod'.",
    ],
    [
      'an owner that is not there',
      "owner: acmee\n    repositoryId: '74205118'",
      "P010 Name that the platform does not know\n  There is no owner 'acmee'.",
    ],
  ])('finds %s', async (_, line, expected) => {
    program.write('policy.yaml', clean.replace("repositoryId: '74205118'", line))
    const { out, code } = await lint(['--online', 'policy.yaml'])
    expect(code).toBe(1)
    expect(out).toContain(expected)
  })

  test('finds nothing where name, id, file and environment are as the rule says', async () => {
    const line =
      "repositoryId: '74205118'\n    repository: acme/shop\n    workflowFile: .github/workflows/ci.yml\n    environment: production"
    program.write('policy.yaml', clean.replace("repositoryId: '74205118'", line))
    expect(await lint(['--online', 'policy.yaml'])).toEqual({ code: 0, out: 'no findings in 1 file\n', err: '' })
  })

  test('knows the environments of GitLab by name', async () => {
    const rule = (environment: string): string =>
      `rules:\n  deploy: { provider: gitlab, repository: acme/platform/shop, repositoryId: '48120077', branch: main, environment: ${environment}, settings: { maxTokenAge: 900 } }\n`
    program.write('policy.yaml', rule('production'))
    expect((await lint(['--online', 'policy.yaml'])).code).toBe(0)
    program.write('policy.yaml', rule('staging'))
    expect((await lint(['--online', 'policy.yaml'])).out).toContain("no environment 'staging'")
  })

  test('sends the tokens of the environment, each to its platform only', async () => {
    program.write('policy.yaml', names)
    await lint(['--online', 'policy.yaml'], { GITHUB_TOKEN: 'gh-secret', GITLAB_TOKEN: 'gl-secret' })
    expect(
      asked.filter((each) => each.startsWith('api.github.com/')).every((each) => each.endsWith(' Bearer gh-secret')),
    ).toBe(true)
    expect(asked.filter((each) => each.startsWith('gitlab.com/')).every((each) => each.endsWith(' gl-secret'))).toBe(
      true,
    )
    expect(asked.length).toBeGreaterThan(1)
  })

  test.each([401, 403, 429, 500])('ends with 4 where the platform answers %i, and passes no check', async (answer) => {
    status = answer
    program.write('policy.yaml', names)
    const { code, err, out } = await lint(['--online', 'policy.yaml'])
    expect([code, out]).toEqual([4, ''])
    expect(err).toContain(`api.github.com answers ${answer}: `)
  })

  test('asks nothing without --online', async () => {
    program.write('policy.yaml', names)
    await lint(['policy.yaml'])
    expect(asked).toEqual([])
  })

  test('--fix takes ids from recorded verdicts without the network', async () => {
    const path = program.write('policy.yaml', names)
    const workload = {
      provider: 'github-actions',
      issuer: 'https://token.actions.githubusercontent.com',
      repository: 'acme/shop',
      repositoryId: '74205118',
      owner: 'acme',
      ownerId: '1234567',
      claims: {},
    }
    program.write('verdicts.jsonl', `${JSON.stringify({ layer: 'route', allowed: true, workload })}\n`)
    await runInProcess(['lint', '--fix', '--recorded', 'verdicts.jsonl', 'policy.yaml'], { cwd: program.folder })
    expect(readFileSync(path, 'utf8')).toContain("repositoryId: '74205118'")
  })

  test('--fix without a source of ids says what to add', async () => {
    program.write('policy.yaml', names)
    const { code, err } = await lint(['--fix', 'policy.yaml'])
    expect([code, err]).toEqual([3, 'jobpass: --fix needs to know the ids: add --online, or --recorded FILE\n'])
  })
})
