// The replay store on DynamoDB, by the SDK of AWS, against dynalite: an implementation of
// DynamoDB's API by the makers of the framework Architect, with its validation and conditions.

import { createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { once } from 'node:events'
import { ConditionalCheckFailedException, DynamoDB, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import type { ReplayStore } from '@jobpass/core'
import { dynamoReplayStore } from '@jobpass/stores/dynamodb'
import type { DynamoClient, DynamoReplayOptions } from '@jobpass/stores/dynamodb'
import dynalite from 'dynalite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testContract } from './contract.ts'

const inAMinute = (): number => Date.now() / 1000 + 60
const failure = async (work: unknown): Promise<string> =>
  Promise.resolve(work).then(
    (answer) => `answered ${String(answer)}`,
    (error: unknown) => (error as Error).message,
  )
const portOf = (server: Server): number => (server.address() as AddressInfo).port

let server: Server
const clients: DynamoDB[] = []
const clientAt = (port: number): DynamoDB => {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  const client = new DynamoDB({ endpoint: `http://127.0.0.1:${port}`, region: 'eu-central-1', credentials })
  clients.push(client)
  return client
}
beforeAll(async () => {
  server = dynalite({ createTableMs: 0 }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  await createTable('jobpass_claims')
  await createTable('other.claims')
})
afterAll(() => {
  for (const client of clients) client.destroy()
  server.close()
})

/** As the message of the store says. */
async function createTable(name: string, key = 'key'): Promise<void> {
  const client = clientAt(portOf(server))
  await client.createTable({
    TableName: name,
    AttributeDefinitions: [{ AttributeName: key, AttributeType: 'S' }],
    KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
  })
  const status = async () => (await client.describeTable({ TableName: name })).Table?.TableStatus
  while ((await status()) !== 'ACTIVE');
}
const storeOn = (client: DynamoClient, options: DynamoReplayOptions = {}): Required<ReplayStore> =>
  dynamoReplayStore(client, { timeout: 2, ...options }) as Required<ReplayStore>

testContract(
  () => ({
    open: () => storeOn(clientAt(portOf(server))),
    openApart: () => storeOn(clientAt(portOf(server)), { prefix: 'other:' }),
    openUnreachable: () => storeOn(clientAt(1)),
  }),
  { concurrent: false },
)

test('any client works by its methods putItem and getItem', async () => {
  const client = clientAt(portOf(server))
  const store = storeOn({
    putItem: (input, call) => client.send(new PutItemCommand(input), call),
    getItem: (input, call) => client.send(new GetItemCommand(input), call),
  })
  const claims = Array.from({ length: 10 }, async () => store.claim('commands', inAMinute()))
  expect((await Promise.all(claims)).toSorted()).toEqual(['first', ...Array(9).fill('seen')])
  expect(await store.seen('commands')).toBe(true)
})

test('a server that accepts connections and never answers is an outage', async () => {
  const silent = createServer().listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const store = storeOn(clientAt(portOf(silent)), { timeout: 0.05 })
  expect(await failure(store.claim('a', inAMinute()))).toMatch(/took longer than 50 ms|abort/i)
  silent.close()
})

test('an item has the end of its claim as a whole second, which is its TTL attribute', async () => {
  const client = clientAt(portOf(server))
  await storeOn(client).claim('item', 2_000_000_000.25)
  const { Item } = await client.getItem({ TableName: 'jobpass_claims', Key: { key: { S: 'jobpass:item' } } })
  expect(Item).toEqual({
    key: { S: 'jobpass:item' },
    expires_at: { N: '2000000001' },
    claim_id: { S: expect.stringMatching(/^[0-9a-f-]{36}$/) as string },
  })
})

test('a claim that the SDK repeats, since the first answer was lost, is still the first', async () => {
  const client = clientAt(portOf(server))
  const store = storeOn({
    putItem: async (input, call) => {
      await client.putItem(input, call)
      return client.putItem(input, call)
    },
    getItem: (input, call) => client.getItem(input, call),
  })
  expect([await store.claim('again', inAMinute()), await store.claim('again', inAMinute())]).toEqual(['first', 'seen'])
})

test('a missing table and a table with another key are errors that say what to run', async () => {
  const client = clientAt(portOf(server))
  const missing = storeOn(client, { table: 'missing' })
  expect(await failure(missing.claim('a', inAMinute()))).toContain(
    'Run: aws dynamodb create-table --table-name missing',
  )
  await createTable('missing')
  expect(await missing.claim('a', inAMinute())).toBe('first')
  await createTable('strange', 'id')
  expect(await failure(storeOn(client, { table: 'strange' }).seen('a'))).toContain(
    "has another key than the text 'key'",
  )
})

test('a role without rights is an error that names them', async () => {
  const refused = () => Promise.reject(Object.assign(new Error('no'), { name: 'AccessDeniedException' }))
  const store = storeOn({ putItem: refused, getItem: refused })
  expect(await failure(store.seen('a'))).toContain('allow dynamodb:PutItem and dynamodb:GetItem')
})

test('a database that meets every condition, or none, is refused before anything is admitted', async () => {
  const unmet = new ConditionalCheckFailedException({ message: 'no', $metadata: {} })
  for (const [putItem, message] of [
    [() => Promise.resolve(), 'a key was claimed twice'],
    [() => Promise.reject(unmet), 'a new key could not be claimed'],
  ] as const)
    expect(await failure(storeOn({ putItem, getItem: async () => ({}) }).seen('a'))).toContain(message)
})

test.each<[string, () => unknown, string]>([
  ['no client', () => dynamoReplayStore(undefined as never), 'takes a DynamoDB of @aws-sdk/client-dynamodb'],
  ['a client that only sends', () => dynamoReplayStore({ send: () => {} } as never), 'its methods putItem and getItem'],
  ['a short table', () => storeOn(clientAt(1), { table: 'ab' }), 'table must be a name of 3 to 255'],
  ['a table that is no name', () => storeOn(clientAt(1), { table: 'a b c' }), 'table must be a name'],
  ['an empty prefix', () => storeOn(clientAt(1), { prefix: '' }), 'prefix must be text of 1 to 100'],
  ['an unknown option', () => storeOn(clientAt(1), { ttl: 1 } as object), "has no 'ttl'"],
])('%s is a TypeError', (_, make, message) => {
  expect(make).toThrow(TypeError)
  expect(make).toThrow(message)
})
