/**
 * Checks that memory is stable: a million calls that must leave nothing behind, with garbage,
 * invented issuers and keys, expired and valid tokens. Run with `--expose-gc`. Prints the heap
 * after each hundred thousand calls, and fails if it grew by more than the bound from the second
 * reading to the last.
 */

import { randomBytes } from 'node:crypto'
import { createVerifier, githubActions } from '@jobpass/core'
import { createTestIssuer } from '@jobpass/testing'

const calls = 1_000_000
const readings = 10
const boundMiB = 8
const audience = 'https://api.acme.dev'

const issuer = await createTestIssuer(githubActions)
const verifier = createVerifier({ audience, trust: githubActions({ ownerId: '1234567' }), fetch: issuer.fetch })
const good = await issuer.mint({ aud: audience, exp: Math.floor(Date.now() / 1000) + 80_000 })
const [header = '', payload = '', signature = ''] = good.split('.')
const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const random = (): string => randomBytes(12).toString('hex')

const kinds: readonly (() => string)[] = [
  () => randomBytes(300).toString('base64url'),
  () => `${header}.${encode({ ...claims, iss: `https://${random()}.example` })}.${signature}`,
  () => `${encode({ alg: 'RS256', kid: random() })}.${payload}.${signature}`,
  () => `${header}.${encode({ ...claims, exp: 1, jti: random() })}.${signature}`,
  () => `${header}.${encode({ ...claims, aud: random() })}.${signature}`,
  () => good,
]

const heap = (): number => {
  ;(globalThis as { gc?: () => void }).gc?.()
  return process.memoryUsage().heapUsed / 1_048_576
}

const read: number[] = []
const outcomes = new Map<string, number>()
const started = performance.now()
for (let call = 0; call < calls; call++) {
  // Signatures take most of the time: one call in fifty has a valid one.
  const kind = call % 50 === 0 ? kinds.length - 1 : call % (kinds.length - 1)
  const outcome = await verifier.verify(kinds[kind]?.() ?? '').then(
    () => 'allowed',
    (error: { code?: string }) => error.code ?? 'fault',
  )
  outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  if ((call + 1) % (calls / readings) === 0) {
    read.push(heap())
    console.log(`${String(call + 1).padStart(9)} calls  ${heap().toFixed(1)} MiB`)
  }
}
const grown = (read.at(-1) ?? 0) - (read[1] ?? 0)
console.log(Object.fromEntries(outcomes))
console.log(
  `${((performance.now() - started) / 1000).toFixed(0)} s; the heap grew by ${grown.toFixed(2)} MiB over the last ${calls - (2 * calls) / readings} calls`,
)
if (grown > boundMiB || outcomes.has('fault')) process.exitCode = 1
