// docs/options.md has every option of every function, with its default and range.

import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createVerifier, githubActions, gitlab, memoryReplayStore, oneTime, semver, tenantIssuers } from '@jobpass/core'
import { optionNames } from '@jobpass/core/internal'
import { createClient, getServiceToken, jobFetch } from '@jobpass/client'
import { createExchange, hasScope, resourceMetadata, serviceTokens, viaExchange } from '@jobpass/exchange'
import { workloadAuth } from '@jobpass/hono'
import { awsKmsKey, azureKeyVaultKey, vaultTransitKey } from '@jobpass/kms'
import { telemetryHooks } from '@jobpass/opentelemetry'
import { lintRules, loadPolicy, parsePolicy } from '@jobpass/policy'
import { watchPolicy } from '@jobpass/policy/file'
import {
  createPublishers,
  importPublishers,
  postgresPublishers,
  publisherApi,
  publisherPage,
  sqlDatabase,
} from '@jobpass/publishers'
import { durableObjectReplayStore } from '@jobpass/stores/durable-objects'
import { dynamoReplayStore } from '@jobpass/stores/dynamodb'
import { postgresReplayStore } from '@jobpass/stores/postgres'
import { redisReplayStore } from '@jobpass/stores/redis'
import { sqliteReplayStore } from '@jobpass/stores/sqlite'
import { createTestIssuer, expectGuarded, expectRoute } from '@jobpass/testing'
import { format, resolveConfig } from 'prettier'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const page = `${root}docs/options.md`

test('docs/options.md is made from the comments of the options', async () => {
  // A process of its own, since it needs an older TypeScript.
  const { stdout } = await promisify(execFile)(process.execPath, [`${root}site/reference/options.mjs`])
  const written = await format(stdout, { ...(await resolveConfig(page)), parser: 'markdown' })
  await expect(written).toMatchFileSnapshot(page)
})

interface Row {
  readonly option: string
  readonly type: string
  readonly fallback: string
  readonly range: string
}

/** The tables by the functions in their headings. The first one of a heading owns its table. */
function tables(): ReadonlyMap<string, readonly Row[]> {
  const found = new Map<string, readonly Row[]>()
  let rows: Row[] = []
  for (const line of readFileSync(page, 'utf8').split('\n')) {
    const [, heading] = /^### (.+)$/.exec(line) ?? []
    if (heading !== undefined) {
      rows = []
      for (const [index, name] of heading.split(', ').entries())
        if (index === 0 || !found.has(name)) found.set(name, rows)
    }
    const [, option = '', type = '', fallback = '', range = ''] = line.split(/(?<!\\)\|/).map((cell) => cell.trim())
    if (option.startsWith('`')) rows.push({ option: option.slice(1, -1), type, fallback, range })
  }
  return found
}

const unknown = { nonsense: 1 } as never
const audience = 'https://api.acme.dev'
const rule = githubActions({ ownerId: '1' })
const replay = { store: memoryReplayStore() }
const verifier = createVerifier({ audience, trust: rule, replay, onWarning: () => {} })
const exchange = { issuer: 'https://auth.acme.dev', verifier, singleProcess: true } as const
/** Right members of the lists of options. */
const members: Readonly<Record<string, object>> = {
  'grants[]': { name: 'deploy', rule, scopes: ['deploy'], audience },
  'introspection[]': { id: 'billing', secretDigest: '0'.repeat(64), audience },
}
const grants = [members['grants[]']] as never
const issuer = createTestIssuer(githubActions)

const calls: readonly (readonly [name: string, group: string, call: () => unknown])[] = [
  ['createVerifier()', '', () => createVerifier(unknown)],
  ['workloadAuth()', '', () => workloadAuth(unknown)],
  ['createVerifier()', 'cache.', () => createVerifier({ audience, trust: rule, cache: unknown })],
  ['createVerifier()', 'jwks.', () => createVerifier({ audience, trust: rule, jwks: unknown })],
  ['createVerifier()', 'replay.', () => createVerifier({ audience, trust: rule, replay: unknown })],
  ['tenantIssuers()', '', () => tenantIssuers(() => rule, unknown)],
  ['semver()', '', () => githubActions({ ownerId: '1', tag: semver(unknown) })],
  ['provider()', '', () => githubActions({ ownerId: '1' }, unknown)],
  ['provider.at()', '', () => gitlab.at('https://gitlab.acme.dev', unknown)],
  ['memoryReplayStore()', '', () => memoryReplayStore(unknown)],
  ['oneTime()', '', () => oneTime(rule, unknown)],
  ['loadPolicy()', '', () => loadPolicy({}, unknown)],
  ['parsePolicy()', '', () => parsePolicy('', unknown)],
  ['watchPolicy()', '', () => watchPolicy('policy.yaml', unknown)],
  ['createExchange()', '', () => createExchange(unknown)],
  ['createExchange()', 'grants[].', () => createExchange({ ...exchange, grants: [unknown] })],
  ['createExchange()', 'certificate.', () => createExchange({ ...exchange, grants, certificate: unknown })],
  ['createExchange()', 'introspection[].', () => createExchange({ ...exchange, grants, introspection: [unknown] })],
  ['createExchange()', 'tokenEndpoint.', () => createExchange({ ...exchange, grants, tokenEndpoint: unknown })],
  ['createExchange()', 'keys[].', () => createExchange({ ...exchange, grants, keys: [unknown] })],
  ['resourceMetadata()', '', () => resourceMetadata(unknown)],
  ['resourceMetadata()', 'dpop.', () => resourceMetadata({ resource: audience, dpop: unknown })],
  ['serviceTokens()', '', () => serviceTokens('https://auth.acme.dev', unknown)],
  ['serviceTokens()', 'dpop.', () => serviceTokens('https://auth.acme.dev', { jobs: githubActions, dpop: unknown })],
  ['hasScope()', '', () => hasScope('deploy', unknown)],
  ['viaExchange()', '', () => viaExchange(rule, unknown)],
  ['telemetryHooks()', '', () => telemetryHooks(unknown)],
  ['awsKmsKey()', '', () => awsKmsKey({} as never, '1234abcd', unknown)],
  ['azureKeyVaultKey()', '', () => azureKeyVaultKey({} as never, '', unknown)],
  ['vaultTransitKey()', '', () => vaultTransitKey(unknown)],
  ['redisReplayStore()', '', () => redisReplayStore({} as never, unknown)],
  ['createPublishers()', '', () => createPublishers(unknown)],
  ['postgresPublishers()', '', () => postgresPublishers({} as never, unknown)],
  ['sqlDatabase()', '', () => sqlDatabase({} as never, unknown)],
  ['publisherApi()', '', () => publisherApi(unknown)],
  ['publisherPage()', '', () => publisherPage(unknown)],
  ['importPublishers()', '', () => importPublishers(undefined, unknown)],
  ['postgresReplayStore()', '', () => postgresReplayStore({} as never, unknown)],
  ['sqliteReplayStore()', '', () => sqliteReplayStore({} as never, unknown)],
  ['dynamoReplayStore()', '', () => dynamoReplayStore({} as never, unknown)],
  ['durableObjectReplayStore()', '', () => durableObjectReplayStore({} as never, unknown)],
  ['createClient()', '', () => createClient(unknown)],
  ['getToken()', '', () => createClient({ env: {} }).getToken(unknown)],
  ['jobFetch()', '', () => jobFetch(unknown)],
  ['jobFetch()', 'exchange.', () => jobFetch({ audience, exchange: unknown })],
  ['getServiceToken()', '', () => getServiceToken(unknown)],
  ['getServiceToken()', 'exchange.', () => getServiceToken({ audience, exchange: unknown })],
  ['createTestIssuer()', '', () => createTestIssuer(githubActions, unknown)],
  ['issuer.mint()', '', async () => (await issuer).mint({}, unknown)],
  ['expectGuarded()', '', () => expectGuarded(() => {}, ['GET /'], unknown)],
  ['expectRoute()', '', () => expectRoute(() => {}, 'GET /', unknown)],
]

test.each(calls)('the table of %s has the options %s that the function accepts', async (name, group, call) => {
  const message = await (async () => call())().then(
    () => '',
    (error: unknown) => (error as Error).message,
  )
  const [, known = ''] = /Known: (.+)$/.exec(message) ?? []
  const rows = tables().get(name) ?? []
  const listed = rows.map(({ option }) => option).filter((option) => option.startsWith(group))
  const names = listed.map((option) => option.slice(group.length)).filter((option) => !/[.[]/.test(option))
  expect(names.toSorted()).toEqual(known.split(', ').toSorted())
})

test('lint takes the options of a verifier, and the one in its table', () => {
  expect(
    tables()
      .get('lintRules()')
      ?.map(({ option }) => option),
  ).toEqual(['routes'])
  const options = { ...Object.fromEntries(optionNames.map((name) => [name, undefined])), trust: rule, routes: {} }
  expect(() => lintRules(options)).not.toThrow()
})

/** The entries that a package publishes, except those without a promise to users. */
function entriesOf(name: string): readonly string[] {
  const manifest = JSON.parse(readFileSync(`${root}packages/${name}/package.json`, 'utf8')) as {
    readonly publishConfig: { readonly exports?: Readonly<Record<string, unknown>> }
  }
  return (
    Object.entries(manifest.publishConfig.exports ?? {})
      .filter(([, target]) => typeof target === 'object')
      .map(([entry]) => `@jobpass/${name}${entry.slice(1)}`)
      // The program is no module: it runs when it is imported.
      .filter((entry) => !/\/(?:internal|adapter|bin)$/.test(entry))
  )
}

test('every function of a published entry that takes options has a table', async () => {
  const sections = tables()
  const missing: string[] = []
  for (const name of readdirSync(`${root}packages`)) {
    if (entriesOf(name).length === 0) continue
    const folder = `${root}packages/${name}/src`
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
    const sources = files.map((file) => readFileSync(`${folder}/${file}`, 'utf8')).join('\n')
    for (const entry of entriesOf(name)) {
      for (const exported of Object.keys((await import(entry)) as object)) {
        const heads = sources.matchAll(new RegExp(`^export (?:async )?function ${exported}\\b[^]*?\\n?\\)?: `, 'gm'))
        const takes = Array.from(heads).some(([head]) => /\b\w*(?:options|settings|expected)\b/i.test(head))
        if (takes && !sections.has(`${exported}()`)) missing.push(`${entry}: ${exported}`)
      }
    }
  }
  expect(missing).toEqual([])
})

test('every option is required or has a default, and every number has a range or a unit', () => {
  const rows = [...tables().values()].flat()
  expect(rows.filter(({ fallback }) => fallback === '')).toEqual([])
  expect(rows.filter(({ type, range }) => type === '`number`' && range === '')).toEqual([])
})

type Options = Readonly<Record<string, unknown>>

const reject = (): Promise<never> => Promise.reject(new Error('no database'))

/** Functions that take the options of a table, the other ones being as they must. */
const makers: Readonly<Record<string, (given: Options) => unknown>> = {
  'createVerifier()': (given) => createVerifier({ audience, trust: rule, ...given }),
  'tenantIssuers()': (given) => tenantIssuers(() => rule, given),
  'semver()': (given) => githubActions({ ownerId: '1', tag: semver(given) }),
  'provider()': (given) => githubActions({ ownerId: '1' }, given),
  'memoryReplayStore()': memoryReplayStore,
  'oneTime()': (given) => oneTime(rule, given),
  'parsePolicy()': (given) => parsePolicy('', { providers: [githubActions], ...given }),
  'watchPolicy()': (given) => watchPolicy('policy.yaml', { providers: [githubActions], ...given }),
  'createExchange()': (given) => createExchange({ ...exchange, grants, ...given }),
  'postgresPublishers()': (given) =>
    postgresPublishers({ query: reject, transaction: reject }, { claimProject: async () => true, ...given }),
  'redisReplayStore()': (given) => redisReplayStore({} as never, given),
  'postgresReplayStore()': (given) => postgresReplayStore({ query: reject }, given),
  'sqliteReplayStore()': (given) => sqliteReplayStore({ exec: () => {}, prepare: () => ({}) } as never, given),
  'dynamoReplayStore()': (given) => dynamoReplayStore({ putItem: reject, getItem: reject }, given),
  'durableObjectReplayStore()': (given) =>
    durableObjectReplayStore({ idFromName: reject, get: reject } as never, given),
}

const ranges = [...tables()]
  .filter(([name]) => name in makers)
  .flatMap(([name, rows]) => rows.map((row) => ({ name, ...row })))
  .filter(({ range }) => / to /.test(range))

test('every range is in a table of a function that the next test calls', () => {
  const all = new Set([...tables().values()].flat().filter(({ range }) => / to /.test(range)))
  expect(ranges).toHaveLength(all.size)
})

test.each(ranges)('$name takes $option within its range, $range, and nothing else', async (row) => {
  const { name, option, type, range } = row
  const [least, most] = (range.replaceAll(',', '').match(/^\S+ to [\d.]*/)?.[0] ?? '').split(' to ').map(Number)
  const valueOf = (size: number): unknown => (type === '`string`' ? 'x'.repeat(size) : size)
  const isRefused = async (size: number): Promise<boolean> => {
    const [last = '', group] = option.split('.').toReversed()
    const member = { ...members[group ?? ''], [last]: valueOf(size) }
    const list = group?.endsWith('[]') ? group.slice(0, -2) : undefined
    const given = group === undefined ? member : list === undefined ? { [group]: member } : { [list]: [member] }
    const message = await (async () => makers[name]?.(given))().then(
      () => '',
      (error: unknown) => (error as Error).message,
    )
    return new RegExp(`\\b${last}\\b.* (?:must be|is text of|of 1 to)`).test(message)
  }
  const step = type === '`string`' || Number.isInteger(least) ? 1 : 0.01
  const outside = [(least ?? 0) - step, (most ?? 0) + step].filter((size) => size >= 0)
  for (const size of outside) expect([size, await isRefused(size)]).toEqual([size, true])
  for (const size of [least, most]) if (size) expect([size, await isRefused(size)]).toEqual([size, false])
})
