// The examples of the RFCs: each is checked with Node's crypto first, which would show a typo here,
// and then with core.

import { constants, createHmac, createPublicKey, verify } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createKeySet } from '../../packages/core/src/keys/jwks.ts'
import { checkSignature } from '../../packages/core/src/keys/signature.ts'
import type { JoseHeader, Token } from '../../packages/core/src/model/token.ts'
import type { Vector } from './vectors.ts'
import { goodVectors, refusedVectors } from './vectors.ts'
import { flipBit, partsOf } from './world.ts'

const headerOf = (token: string): JoseHeader =>
  JSON.parse(Buffer.from(partsOf(token)[0], 'base64url').toString()) as JoseHeader

/**
 * The result of core's key set and signature check; payloads that are not claims sets do not
 * matter.
 */
async function outcome(text: string, keys: readonly unknown[], header = headerOf(text)): Promise<string> {
  const key = createKeySet(keys).find(header)
  if (key === undefined) return 'no key'
  const token: Token = { text, header, claims: { iss: 'https://ci.example' } }
  return (await checkSignature(token, key))?.code ?? 'verifies'
}

function verifiesWithNode({ algorithm, key: jwk, token }: Vector): boolean {
  const [head, body, tail] = partsOf(token)
  const input = Buffer.from(`${head}.${body}`)
  const signature = Buffer.from(tail, 'base64url')
  const key = createPublicKey({ key: jwk, format: 'jwk' })
  if (algorithm === 'EdDSA') return verify(null, input, key, signature)
  const hash = `sha${algorithm.slice(2)}`
  if (algorithm.startsWith('ES')) return verify(hash, input, { key, dsaEncoding: 'ieee-p1363' }, signature)
  const padding = algorithm.startsWith('PS') ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING
  return verify(hash, input, { key, padding }, signature)
}

describe.each(goodVectors)('$source, $algorithm', (vector) => {
  const { key, token } = vector
  const [head, body, tail] = partsOf(token)
  // A few hundred bits of each part, including the first and the last byte; all bits would take
  // seconds and show the same.
  const bits = (part: string): number[] => {
    const count = Buffer.from(part, 'base64url').length * 8
    const step = Math.ceil(count / 100)
    return Array.from({ length: count }, (_, bit) => bit).filter(
      (bit) => bit % step === 0 || bit < 8 || bit >= count - 8,
    )
  }

  test('Node verifies the example', () => {
    expect(verifiesWithNode(vector)).toBe(true)
  })

  test('core verifies the example', async () => {
    expect(await outcome(token, [key])).toBe('verifies')
  })

  test('core verifies the example with this key only', async () => {
    for (const other of goodVectors.filter((each) => each.key !== key)) {
      const found = await outcome(token, [{ ...other.key, kid: key.kid }], headerOf(token))
      expect(['no key', 'signature_invalid']).toContain(found)
    }
  })

  test('core refuses the example with any single bit of its signature changed', async () => {
    for (const bit of bits(tail)) {
      expect(await outcome(`${head}.${body}.${flipBit(tail, bit)}`, [key])).toBe('signature_invalid')
    }
  })

  test('core refuses the example with any single bit of its payload changed', async () => {
    for (const bit of bits(body)) {
      expect(await outcome(`${head}.${flipBit(body, bit)}.${tail}`, [key])).toBe('signature_invalid')
    }
  })

  test('core refuses the example with any single bit of its header changed', async () => {
    for (const bit of bits(head)) {
      // The decoded header stays the same: only the signed text differs.
      const found = await outcome(`${flipBit(head, bit)}.${body}.${tail}`, [key], headerOf(token))
      expect(['signature_invalid', 'token_malformed']).toContain(found)
    }
  })

  test.each(['', 'AA', 'AAAA', `${tail}AAAA`, `AAAA${tail}`, tail.slice(0, -4), tail.slice(4)])(
    'core refuses the example with another length of signature (%#)',
    async (other) => {
      expect(await outcome(`${head}.${body}.${other}`, [key])).toBe('signature_invalid')
    },
  )
})

describe.each(refusedVectors)('lesson C1: $source, $algorithm', ({ key, token, secret }) => {
  const everyKey = goodVectors.map((vector) => vector.key)

  test('the refused example is as in the RFC', () => {
    const [head, body, tail] = partsOf(token)
    const mac = createHmac('sha256', Buffer.from(secret ?? '', 'base64url')).update(`${head}.${body}`)
    expect(tail).toBe(secret === undefined ? '' : mac.digest('base64url'))
  })

  test('core finds no key for the refused example, not even its own', async () => {
    expect(createKeySet([key]).keys).toEqual([])
    expect(await outcome(token, [key, ...everyKey])).toBe('no key')
    expect(await outcome(token, [{ ...key, alg: undefined, kid: undefined }, ...everyKey])).toBe('no key')
  })

  test('core verifies the refused example with no public key', async () => {
    for (const each of everyKey) {
      const found = createKeySet([each]).keys[0]
      if (found === undefined) throw new Error('the vectors have usable keys')
      const header = headerOf(token)
      const refusal = await checkSignature({ text: token, header, claims: { iss: 'https://ci.example' } }, found)
      expect(refusal).toBeDefined()
    }
  })
})
