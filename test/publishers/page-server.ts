/** The settings page on a server, with publishers, uses and refusals to look at. */

import { PGlite } from '@electric-sql/pglite'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { EndpointRequest } from '@jobpass/core'
import { githubActions, gitlab } from '@jobpass/core'
import { endpoints } from '@jobpass/express'
import { createPublishers, postgresPublishers, publisherApi, publisherPage, sqlDatabase } from '@jobpass/publishers'
import type { Publisher, PublisherRow, Publishers, PublisherStore } from '@jobpass/publishers'
import express from 'express'

/** A running server. */
export interface PageServer {
  readonly origin: string
  readonly publishers: Publishers
  readonly store: PublisherStore
  /** Removes all publishers and records. */
  clear(): Promise<void>
  close(): Promise<void>
}

/** Accounts by the value of their session cookie. */
const sessions: Readonly<Record<string, string>> = { 'of-ada': 'acme', 'of-bob': 'acme', 'of-eve': 'evil' }

/** Projects of accounts. */
const owners: Readonly<Record<string, string>> = { shop: 'acme', '@acme/shop': 'acme', evil: 'evil' }

function managerOf(request: EndpointRequest, project: string) {
  const session = /(?:^|; )session=([\w-]+)/.exec(request.headers('cookie').join('; '))?.[1] ?? ''
  const account = sessions[session]
  const owner = Object.hasOwn(owners, project) ? owners[project] : account
  return account !== undefined && owner === account ? { account, session } : undefined
}

/** Starts the page and the API on Express, without the session's own pages. */
export async function startPageServer(): Promise<PageServer> {
  const client = await PGlite.create()
  const store = await postgresPublishers(sqlDatabase(client), {
    claimProject: async (_, { project }) => project !== 'taken',
  })
  const publishers = createPublishers({ store, providers: [githubActions, gitlab] })
  const app = express()
  const server = createServer(app).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const options = { publishers, origin, authorize: managerOf }
  app.use(endpoints(publisherPage({ ...options, secret: 'a secret of at least 32 characters' }), publisherApi(options)))
  return {
    origin,
    publishers,
    store,
    clear: async () => {
      await client.query('truncate jobpass_publishers, jobpass_publisher_records, jobpass_publisher_changes')
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await client.close()
    },
  }
}

/** Adds publishers of each kind, uses and refusals. `name` is in every text that people chose. */
export async function fill({ store }: PageServer, name = 'acme/shop'): Promise<void> {
  const github = { account: 'acme', project: 'shop', issuer: 'https://token.actions.githubusercontent.com' }
  const at = (minute: number) => new Date(Date.UTC(2026, 8, 1, 12, minute))
  const row = { ...github, provider: 'github-actions', ownerId: '1234567', createdAt: at(0) }
  const added = async (each: PublisherRow): Promise<Publisher> => (await store.add(each)) as Publisher
  const bound = await added({
    ...row,
    repositoryId: '74205118',
    repository: name,
    workflowFile: '.github/workflows/release.yml',
    environment: name === 'acme/shop' ? 'release' : name,
    expiresAt: undefined,
  })
  const moved = await added({
    ...row,
    createdAt: at(1),
    repositoryId: '74205119',
    repository: `${name}-docs`,
    expiresAt: undefined,
  })
  await store.add({
    ...row,
    createdAt: at(2),
    provider: 'gitlab',
    issuer: 'https://gitlab.com',
    ownerId: '99',
    repositoryId: undefined,
    repository: `${name}-kiosk`,
    expiresAt: new Date(Date.UTC(2026, 9, 1)),
  })
  const job = {
    repository: name,
    ref: `refs/tags/${name === 'acme/shop' ? 'v1.4.0' : name}`,
    actor: name === 'acme/shop' ? 'quill-otter' : name,
  }
  const runUrl = name === 'acme/shop' ? 'https://github.com/acme/shop/actions/runs/19872285394' : 'javascript:alert(1)'
  const record = { project: 'shop', pendingOf: undefined, publisher: bound.id, job: { ...job, runUrl } }
  await store.record(
    { ...record, outcome: 'used', at: at(3), run: '1', failed: [] },
    { repository: name, lastUsedAt: at(3) },
  )
  await store.record({ ...record, outcome: 'used', at: at(9), run: '2', failed: [] }, { lastUsedAt: at(9) })
  await store.record(
    {
      ...record,
      outcome: 'refused',
      at: at(12),
      run: '3',
      failed: [
        { field: 'environment', expected: 'release', actual: name === 'acme/shop' ? 'test' : name },
        { field: 'workflowFile', expected: '.github/workflows/release.yml', actual: undefined },
      ],
    },
    {},
  )
  await store.record(
    {
      ...record,
      publisher: moved.id,
      outcome: 'refused',
      at: at(14),
      run: '4',
      job: { ...job, repository: 'zebra/shop-docs', runUrl },
      failed: [{ field: 'ownerId', expected: '1234567', actual: '8080' }],
    },
    { transfer: { ownerId: '8080', owner: name === 'acme/shop' ? 'zebra' : name } },
  )
}
