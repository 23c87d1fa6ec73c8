// A careless library in the process wrote to Object.prototype: nothing of that is read as an
// option, a document or a claim.

import type { VerifierOptions } from '@jobpass/core'
import { createVerifier } from '@jobpass/core'
import { expect, test } from 'vitest'
import { withPolluted } from '@jobpass/testing/internal'
import { answering } from './key-answers.ts'
import { acmeIssuer, claimsOf, ec, forgers, mint, outcomeOf, trusting } from './world.ts'

const forger = forgers.ec
const forged = mint(forger, {}, claimsOf(ec))

/**
 * The result for a forged token in a process whose verifier was made, and used, with such a
 * prototype.
 */
async function outcomeUnder(name: string, value: unknown, options: Partial<VerifierOptions> = {}): Promise<string> {
  let work = Promise.resolve('never asked')
  withPolluted(name, value, () => {
    work = outcomeOf(createVerifier({ ...trusting, ...options }).verify(forged))
  })
  return work
}

const forgedSet: typeof fetch = answering(() => Response.json({ keys: [forger.jwk] }))

test.each<[string, unknown]>([
  ['keys', [forger.jwk]],
  ['jwksUri', `${acmeIssuer}/jwks`],
  ['fetch', forgedSet],
  ['insecureLoopback', true],
])('lesson B3: %s on Object.prototype supplies no key', async (name, value) => {
  expect(await outcomeUnder(name, value)).not.toBe('allowed')
})

/** The prototype while a document is read. */
async function readUnder(name: string, value: unknown, keySet: unknown): Promise<string> {
  const root = Object.getPrototypeOf({}) as object
  const verifier = createVerifier({ ...trusting, fetch: answering(() => Response.json(keySet)) })
  Object.defineProperty(root, name, { value, configurable: true })
  try {
    return await outcomeOf(verifier.verify(forged))
  } finally {
    Reflect.deleteProperty(root, name)
  }
}

test('lesson B3: a key set without keys has none, whatever Object.prototype contains', async () => {
  expect(await readUnder('keys', [forger.jwk], {})).toBe('issuer_unavailable')
})

test.each(Object.entries(forger.jwk).filter(([name]) => name !== 'kid' && name !== 'alg' && name !== 'use'))(
  'lesson B3: a key without %s does not take it from Object.prototype',
  async (name, value) => {
    const { [name]: _, ...rest } = forger.jwk
    expect(await readUnder(name, value, { keys: [rest] })).not.toBe('allowed')
  },
)
