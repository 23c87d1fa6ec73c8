// What the store on Durable Objects refuses. scripts/durable-objects.mjs checks the contract in
// workerd, with the object itself.

import type { ReplayNamespace } from '@jobpass/stores/durable-objects'
import { durableObjectReplayStore } from '@jobpass/stores/durable-objects'
import { expect, test } from 'vitest'

const answering = (answer: () => Promise<Response>): ReplayNamespace => ({
  idFromName: (name) => name,
  get: () => ({ fetch: answer }),
})
const idle = answering(() => new Promise(() => {}))
const callsOf = (namespace: ReplayNamespace): readonly Promise<unknown>[] => {
  const store = durableObjectReplayStore(namespace, { timeout: 0.05 })
  return [store.claim('a', 1), store.mark('a', 1), store.seen('a')].map((each) => Promise.resolve(each))
}

test('an object that fails, does not answer or is overloaded is an outage', async () => {
  for (const call of callsOf(answering(() => Promise.reject(new Error('Durable Object is overloaded')))))
    await expect(call).rejects.toThrow('overloaded')
  for (const call of callsOf(answering(async () => new Response('', { status: 500 }))))
    await expect(call).rejects.toThrow('The Durable Object answered 500')
  for (const call of callsOf(idle)) await expect(call).rejects.toThrow('The Durable Object took longer than 50 ms')
})

test.each<[string, () => unknown, string]>([
  ['no binding', () => durableObjectReplayStore(undefined as never), 'takes the binding of a Durable Object class'],
  ['a KV binding', () => durableObjectReplayStore({ get: () => {} } as never), 'such as env.CLAIMS'],
  ['an empty name', () => durableObjectReplayStore(idle, { name: '' }), 'name must be text of 1 to 100'],
  ['an unknown option', () => durableObjectReplayStore(idle, { shards: 2 } as object), "has no 'shards'"],
])('%s is a TypeError', (_, make, message) => {
  expect(make).toThrow(TypeError)
  expect(make).toThrow(message)
})
