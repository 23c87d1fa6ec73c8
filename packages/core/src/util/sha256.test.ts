import { expect, test } from 'vitest'
import { digestBytes, digestOnTheWeb } from './sha256.ts'

// The FIPS 180-4 example and the digest of the empty text, in base64url.
test.each([
  ['', '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU'],
  ['abc', 'ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0'],
])('SHA-256 of %j is the same by node:crypto and Web Crypto', async (text, expected) => {
  const bytes = new TextEncoder().encode(text)
  expect([await digestBytes(bytes), await digestOnTheWeb(bytes)]).toEqual([expected, expected])
})
