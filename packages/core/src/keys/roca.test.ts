// S21: RSA keys whose private half can be computed from the public one (CVE-2017-15361).

import { checkPrimeSync, generateKeyPairSync, randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { examineKey } from './jwk.ts'
import { hasRocaFingerprint } from './roca.ts'

// The product of the first 39 primes, as in the paper for keys of 512 to 960 bits; larger keys use
// multiples of it.
const primes = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97]
  .concat([101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167])
  .map(BigInt)
const product = primes.reduce((all, prime) => all * prime, 1n)

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  for (let rest = exponent, square = base % modulus; rest > 0n; rest >>= 1n, square = (square * square) % modulus)
    if (rest & 1n) result = (result * square) % modulus
  return result
}

/** A prime of 1024 bits as the flawed library made them: k * M + (65537^a mod M). */
function weakPrime(): bigint {
  for (;;) {
    const a = BigInt(`0x${randomBytes(8).toString('hex')}`)
    const high = BigInt(`0x${Buffer.concat([Buffer.of(0xc0), randomBytes(127)]).toString('hex')}`)
    const candidate = (high / product) * product + power(65_537n, a, product)
    if (checkPrimeSync(candidate)) return candidate
  }
}

const bytes = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(512, '0'), 'hex')

test('S21: a modulus of two ROCA primes is refused, with the name of the weakness', () => {
  const modulus = bytes(weakPrime() * weakPrime())
  expect(hasRocaFingerprint(modulus)).toBe(true)
  expect(examineKey({ kty: 'RSA', n: modulus.toString('base64url'), e: 'AQAB' })).toBe(
    'its private key can be computed (ROCA, CVE-2017-15361)',
  )
})

test('S21: the keys of a sound library pass', () => {
  for (let count = 0; count < 5; count++) {
    const { n } = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' })
    expect(hasRocaFingerprint(Buffer.from(String(n), 'base64url'))).toBe(false)
  }
})
