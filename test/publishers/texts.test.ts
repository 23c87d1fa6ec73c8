// Texts that no database can store, and cuts in the middle of a character, wherever a text comes
// from: the claims of a job, the project of a route, and what the endpoints are sent.

import type { EndpointRequest } from '@jobpass/core'
import { WorkloadAuthError } from '@jobpass/core'
import { postgresPublishers, publisherApi, publisherPage } from '@jobpass/publishers'
import type { PublisherStore } from '@jobpass/publishers'
import * as fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Engine } from './engines.ts'
import { engines } from './engines.ts'
import { acme, claimProject, clock, github, gitlabCom, job, registryOf, shop } from './registry.ts'

/** Texts, many of which cannot be stored, and some of which are about as long as what is shown. */
const piece = fc.constantFrom(
  'a',
  '😀',
  '\uD83D',
  '\uDE00',
  '\0',
  '\n',
  '\u202E',
  "'",
  '"',
  '\\',
  '%',
  '\\u0000',
  ' ',
  '/',
)
const texts = fc.oneof(
  fc.array(piece, { maxLength: 6 }).map((parts) => parts.join('')),
  fc
    .tuple(fc.integer({ min: 180, max: 260 }), fc.array(piece, { maxLength: 40 }))
    .map(([length, parts]) => 'b'.repeat(length) + parts.join('')),
  fc.constantFrom('shop', 'acme/shop', '1234567', '74205118', 'release'),
)
const runs = { numRuns: 60 }

describe.each(engines.slice(0, 2))('%s', (name, open) => {
  let engine: Engine | undefined
  let store: PublisherStore
  let registry: ReturnType<typeof registryOf>

  beforeAll(async () => {
    engine = await open()
    if (engine === undefined) return undefined
    clock.time = Date.now()
    await engine.database.query('create table projects (name text primary key, account text not null)')
    store = await postgresPublishers(engine.database, { claimProject })
    registry = registryOf(store)
    await registry.publishers.add(shop)
    await registry.publishers.add({ ...shop, project: 'docs', environment: 'release' })
    return () => engine?.close()
  }, 60_000)
  const installed = (skip: (why: string) => void): void => void (engine ?? skip(`${name} is not installed`))

  /** Whether a job publishes a project; `undefined` for a token that no verifier accepts. */
  const publish = (token: string, project = 'shop'): Promise<boolean | undefined> => {
    clock.time += 1000
    return registry.publish(token, project).catch((error: unknown) => {
      if (error instanceof WorkloadAuthError && error.status === 401) return undefined
      throw error
    })
  }

  test('a job publishes, whatever its ref, actor and other names are, and is recorded', async ({ skip }) => {
    installed(skip)
    let run = 0
    await fc.assert(
      fc.asyncProperty(texts, texts, texts, async (ref, actor, environment) => {
        const run_id = String(++run)
        // No verifier accepts a token whose environment has control characters.
        const isToken = !/\p{Cc}/u.test(environment)
        expect(await publish(await job({ ref, actor, environment, run_id }))).toBe(isToken ? true : undefined)
        if (!isToken) return
        const [record] = await registry.publishers.records(shop, 'used')
        expect(record?.run).toBe(`${github.issuer}#${run_id}`)
      }),
      runs,
    )
  })

  test('a ref that is cut at any place of its characters is recorded', async ({ skip }) => {
    installed(skip)
    for (let before = 190; before <= 201; before++) {
      const ref = `${'r'.repeat(before)}😀😀tail`
      expect(await publish(await job({ ref, run_id: `cut-${before}` }))).toBe(true)
      const [record] = await registry.publishers.records(shop, 'used')
      expect(record?.job.ref).toBe(before + 6 <= 200 ? ref : `${Array.from(ref).slice(0, 199).join('')}…`)
    }
  })

  test('a job is decided about, whatever its repository and the project of the route are called', async ({ skip }) => {
    installed(skip)
    await fc.assert(
      fc.asyncProperty(texts, texts, texts, texts, async (repository, repository_id, environment, project) => {
        const token = await job({ repository, repository_id, environment, run_id: '1' })
        const isPublisher = repository_id === '74205118' && environment === 'release'
        expect([isPublisher, undefined]).toContain(await publish(token, 'docs'))
        expect(await publish(await job({ run_id: '2' }), project)).toBe(project === 'shop')
        const workload = await registry.verifier.verify(await job({ run_id: '3' }))
        const grants = registry.publishers.grants(
          (of) => ({ scopes: [of] }),
          (scope) => scope,
        )
        expect(Array.isArray(await grants(workload, { scopes: [project, repository] }))).toBe(true)
      }),
      runs,
    )
  })

  test('a program may ask for any text, and finds nothing by one that no row has', async ({ skip }) => {
    installed(skip)
    await fc.assert(
      fc.asyncProperty(texts, texts, texts, async (project, account, id) => {
        const { publishers } = registry
        const managed = { project: `x${project}`, account }
        expect(await publishers.list(managed)).toEqual([])
        expect(await publishers.records(managed, 'used')).toEqual([])
        expect(await publishers.changes(managed)).toEqual([])
        expect(await publishers.remove({ ...managed, id })).toBe(false)
        expect(await publishers.acceptTransfer({ ...managed, id, ownerId: id })).toBe(false)
        await publishers.removeProject(`x${project}`)
      }),
      runs,
    )
  })

  test('the endpoints answer every text with a refusal of their own, or do what it says', async ({ skip }) => {
    installed(skip)
    const outages: unknown[] = []
    const options = {
      publishers: registry.publishers,
      origin: 'https://packages.example',
      // As a service does that asks its database: an unstorable project would be its error.
      authorize: async (_request: EndpointRequest, project: string) => {
        await (engine as Engine).database.query('select from projects where name = $1', [project])
        return { account: 'acme', session: 'of-ada' }
      },
      onOutage: (cause: unknown) => void outages.push(cause),
    }
    const api = publisherApi(options)
    const page = publisherPage({ ...options, secret: 'a secret of at least 32 characters' })
    const ask = async (method: string, path: string, type: string, body: unknown) => {
      const headers: Readonly<Record<string, string>> = { 'content-type': type, origin: options.origin }
      const request: EndpointRequest = {
        method,
        path,
        headers: (header) => (headers[header] === undefined ? [] : [headers[header]]),
        body: async () => body,
      }
      return api.answer(request) ?? page.answer(request)
    }
    /** A path segment; what cannot be encoded is sent as bytes that are no text. */
    const segment = (text: string): string => {
      try {
        return encodeURIComponent(text)
      } catch {
        return '%ED%A0%80'
      }
    }
    const fields = fc.record(
      { ownerId: texts, repositoryId: texts, repository: texts, workflowFile: texts, environment: texts },
      { requiredKeys: [] },
    )
    const { id } = await registry.publishers.addPending({ ...acme, project: 'site', repository: 'acme/site' })
    await fc.assert(
      fc.asyncProperty(texts, fields, texts, async (project, publisher, text) => {
        const { body: shown = '' } = (await ask('GET', '/settings/publishers/site', 'text/html', '')) ?? {}
        const token = /name="token" value="([^"]+)"/.exec(shown)?.[1] ?? ''
        const form = (members: Readonly<Record<string, string>>) =>
          new URLSearchParams({ token, ...members }).toString()
        const json = JSON.stringify({ issuer: github.issuer, ...publisher })
        const to = segment(project)
        const answers = [
          await ask('GET', `/api/publishers/${to}`, 'text/html', ''),
          await ask('GET', `/settings/publishers/${to}`, 'text/html', ''),
          await ask('POST', `/api/publishers/${to}`, 'application/json', json),
          await ask('POST', `/api/publishers/${to}`, 'application/json', text),
          await ask('POST', `/api/publishers/site`, 'application/json', json),
          await ask('DELETE', `/api/publishers/${to}/${segment(text)}`, 'text/html', ''),
          await ask(
            'POST',
            `/api/publishers/site/${id}/transfer`,
            'application/json',
            JSON.stringify({ ownerId: text }),
          ),
          await ask(
            'POST',
            `/settings/publishers/${to}`,
            'application/x-www-form-urlencoded',
            form({ action: 'add', issuer: gitlabCom.issuer, ...publisher }),
          ),
          await ask(
            'POST',
            `/settings/publishers/site`,
            'application/x-www-form-urlencoded',
            form({ action: text, id: text }),
          ),
          await ask(
            'POST',
            `/settings/publishers/site`,
            'application/x-www-form-urlencoded',
            form({ action: 'remove', id: text }),
          ),
          await ask(
            'POST',
            `/settings/publishers/site`,
            'application/x-www-form-urlencoded',
            form({ action: 'accept', id, ownerId: text }),
          ),
        ]
        for (const answer of answers) expect([undefined, 200, 201, 204, 303, 400, 404, 409]).toContain(answer?.status)
      }),
      runs,
    )
    expect(outages).toEqual([])
  })

  test.each([
    ['NUL', '\0', 'must not have control characters'],
    ['half a character', '\uD83D', 'must be well-formed Unicode'],
    ['the other half', '\uDE00', 'must be well-formed Unicode'],
  ])('a publisher with %s in any field is refused, with the field', async (_, part, message) => {
    const whole = { ...shop, repository: 'acme/shop', workflowFile: '.github/workflows/a.yml', environment: 'release' }
    for (const [field, value] of Object.entries(whole)) {
      const { publishers } = registryOf(store)
      await expect(
        publishers.add({ ...whole, [field]: `${value.slice(0, 3)}${part}${value.slice(3)}` }),
      ).rejects.toMatchObject({
        name: 'InvalidPublisher',
        faults: expect.arrayContaining([{ field, message }]),
      })
    }
  })

  test.each([
    [{ environment: ' release' }, 'environment must not begin or end with blanks'],
    [{ environment: 'release\u3000' }, 'environment must not begin or end with blanks'],
    [{ project: 'shop ' }, 'project must not begin or end with blanks'],
    [
      { workflowFile: '.github/workflows/release.yml@refs/heads/main' },
      'workflowFile must be a path from the root, without a ref',
    ],
    [{ workflowFile: '.github/workflows/../release.yml' }, 'workflowFile must be a path from the root'],
    [{ workflowFile: '/.github/workflows/release.yml' }, 'workflowFile must be a path from the root'],
    [{ issuer: gitlabCom.issuer, workflowFile: '/ci.yml' }, 'workflowFile must be a path from the root'],
    [{ issuer: gitlabCom.issuer, workflowFile: './ci.yml' }, 'workflowFile must be a path from the root'],
    [{ issuer: gitlabCom.issuer, workflowFile: 'ci//a.yml' }, 'workflowFile must be a path from the root'],
    [
      { issuer: gitlabCom.issuer, workflowFile: 'ci/release.yml@refs/tags/v1' },
      'workflowFile must be a path from the root',
    ],
  ])('a publisher with %j is refused, since no job would match', async (part, message) => {
    await expect(registryOf(store).publishers.add({ ...shop, ...part })).rejects.toThrow(message)
  })

  test.each(['.github/workflows/release@v1.yml', '.github/workflows/.hidden.yml', '.github/workflows/a..b.yml'])(
    'the workflow file %s is a path',
    async (workflowFile) => {
      const { publishers } = registryOf(store)
      expect(await publishers.add({ ...shop, workflowFile })).toMatchObject({ workflowFile })
    },
  )
})
