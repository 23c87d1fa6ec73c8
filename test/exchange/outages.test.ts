// An exchange while one of its dependencies fails or hangs, and the effects of a refusal.

import { generateKeyPairSync, randomUUID, sign as signBytes } from 'node:crypto'
import type { ReplayStore } from '@jobpass/core'
import { memoryReplayStore } from '@jobpass/core'
import type { AuditRecord, ExchangeOptions, IssuingKey } from '@jobpass/exchange'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { codeOf, manualClock, now } from '@jobpass/testing/internal'
import { apiOf, ask, ciToken, issuer, post, service, tokenOf } from './service.ts'

const never = (): Promise<never> => new Promise(() => {})
const down = (): Promise<never> => Promise.reject(new Error('the disk is full'))

/** A function that signals when it is called, because its time limit starts then. */
function observedCall<T>(answer: () => T): { readonly made: Promise<void>; readonly call: () => T } {
  let made = (): void => {}
  const promise = new Promise<void>((resolve) => (made = resolve))
  return { made: promise, call: () => (made(), answer()) }
}

/** KMS keys, which return signatures in the given form. */
function remote(
  curve: string,
  hash: string,
  dsaEncoding: 'der' | 'ieee-p1363',
  answer: (signature: Uint8Array) => unknown = (signature) => signature,
): IssuingKey {
  const pair = generateKeyPairSync('ec', { namedCurve: curve })
  const sign = (data: Uint8Array) =>
    answer(new Uint8Array(signBytes(hash, data, { key: pair.privateKey, dsaEncoding })))
  return { sign: sign as NonNullable<IssuingKey['sign']>, publicKey: pair.publicKey.export({ format: 'jwk' }) }
}

/** A store that counts claims, and fails on request. */
function observed(failing: (count: number) => boolean = () => false) {
  // Without a separate partition for proofs, so that all claims are counted.
  const { proofs: _, ...inner } = memoryReplayStore()
  const claimed: string[] = []
  let count = 0
  const store: ReplayStore = {
    ...inner,
    claim: (key, until) => {
      if (failing(++count)) throw new Error('down')
      const answer = inner.claim(key, until)
      if (answer === 'first') claimed.push(key)
      return answer
    },
  }
  return { store, claimed }
}

const pair = await generateKeyPair('ES256', { extractable: true })
const publicJwk = await exportJWK(pair.publicKey)
const proof = async (claims: object = {}): Promise<readonly string[]> => [
  await new SignJWT({ jti: randomUUID(), htm: 'POST', htu: `${issuer}/token`, iat: now, ...claims })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: publicJwk })
    .sign(pair.privateKey),
]

describe('S16: an audit', () => {
  test.each<[string, () => void | Promise<void>, number]>([
    ['that fails', down, 0],
    ['that throws', () => Promise.resolve().then(down), 0],
    ['that hangs', never, 5],
  ])('S16: an audit that %s is an outage, and the CI token can still be used', async (_, audit, seconds) => {
    const clock = manualClock(now)
    const { store, claimed } = observed()
    let broken = true
    const { made, call } = observedCall(audit)
    const { exchange } = await service({ audit: () => (broken ? call() : undefined) }, { clock, replay: { store } })
    const subject_token = ciToken()
    const asked = ask(exchange, { subject_token })
    await made
    if (seconds > 0) clock.advance(seconds)
    const { status, body, answer } = await asked
    expect([status, body['error'], answer.headers['Retry-After'], claimed]).toEqual([
      503,
      'temporarily_unavailable',
      '5',
      [],
    ])
    broken = false
    expect((await ask(exchange, { subject_token })).status).toBe(200)
  })

  test('S16: the audit is called before anything is used up', async () => {
    const { store, claimed } = observed()
    const before: (readonly [string, number])[] = []
    const audit = ({ outcome }: AuditRecord): void => void before.push([outcome, claimed.length])
    const { exchange } = await service({ audit }, { replay: { store } })
    await tokenOf(exchange)
    expect([before, claimed.length]).toEqual([[['issuing', 0]], 1])
  })

  test('S16: the audit gets a second record if the store fails at the last moment', async () => {
    const { store } = observed(() => true)
    const { exchange, records } = await service({}, { replay: { store } })
    const { status } = await ask(exchange)
    const [issuing, refused] = records as readonly AuditRecord[]
    expect([status, issuing?.outcome, refused?.outcome, refused?.code]).toEqual([
      503,
      'issuing',
      'refused',
      'store_unavailable',
    ])
    expect(refused?.tokenId).toBe(issuing?.tokenId)
  })

  test.each<[string, Record<string, string>, Record<string, readonly string[]>]>([
    ['no grant type', { grant_type: '' }, {}],
    ['no token', { subject_token: '' }, {}],
    ['a text that is no token', { subject_token: 'a.b.c' }, {}],
    ['an expired token', { subject_token: ciToken({ exp: now - 3600 }) }, {}],
    ['a token of another issuer', { subject_token: ciToken({ iss: 'https://ci.example' }) }, {}],
    ['a client that authenticates', {}, { authorization: ['Basic x'] }],
  ])('S16: the audit has no record of %s', async (_, form, headers) => {
    const { exchange, records } = await service()
    expect((await ask(exchange, form, headers)).status).toBeGreaterThanOrEqual(400)
    expect(records).toEqual([])
  })

  test('S16: the audit has a record of each revocation', async () => {
    const { exchange, records } = await service()
    const token = await tokenOf(exchange)
    const { tokenId } = records[0] as AuditRecord
    records.length = 0
    await post(exchange, '/revoke', { token })
    await post(exchange, '/revoke', { token: 'a.b.c' })
    expect(records).toEqual([{ at: now, outcome: 'revoked', revocation: { tokenId } }])
  })

  test('S16: a failing audit does not stop a revocation', async () => {
    let broken = false
    const running = await service({ audit: () => (broken ? down() : undefined) })
    const token = await tokenOf(running.exchange)
    broken = true
    expect((await post(running.exchange, '/revoke', { token })).status).toBe(200)
    expect(await codeOf(apiOf(running, {}, { revocable: true }).verify(token))).toBe('token_revoked')
  })
})

describe('S7: refused requests', () => {
  test.each<[string, object, Record<string, string>]>([
    ['for its scope', {}, { scope: 'none' }],
    ['for its audience', {}, { audience: 'https://other.acme.dev' }],
    ['for want of a grant', {}, { subject_token: ciToken({ ref: 'refs/heads/dev' }) }],
    ['for an audit that fails', { audit: down }, {}],
    ['for grants that fail', { grants: down }, {}],
  ])('S7: a request refused %s leaves nothing in the store', async (_, options, form) => {
    const { store, claimed } = observed()
    const { exchange } = await service(options, { replay: { store } })
    expect((await ask(exchange, form, { dpop: await proof() })).status).toBeGreaterThanOrEqual(400)
    expect(claimed).toEqual([])
  })

  test('S7: requests with an exchanged CI token leave nothing in the store, even with many proofs', async () => {
    const { store, claimed } = observed()
    const { exchange } = await service({}, { replay: { store } })
    const subject_token = ciToken()
    expect((await ask(exchange, { subject_token }, { dpop: await proof() })).status).toBe(200)
    expect(claimed).toHaveLength(2)
    for (let count = 0; count < 20; count++)
      expect((await ask(exchange, { subject_token }, { dpop: await proof() })).body['code']).toBe('token_replayed')
    expect(claimed).toHaveLength(2)
  })

  test('S7: a request refused for a used proof does not use up the CI token', async () => {
    const { exchange } = await service()
    const dpop = await proof()
    expect((await ask(exchange, {}, { dpop })).status).toBe(200)
    const subject_token = ciToken()
    expect((await ask(exchange, { subject_token }, { dpop })).body['error']).toBe('invalid_dpop_proof')
    expect((await ask(exchange, { subject_token }, { dpop: await proof() })).status).toBe(200)
  })

  test('S7: fifty concurrent requests with one token and one proof have one success', async () => {
    const { store, claimed } = observed()
    const { exchange } = await service({}, { replay: { store } })
    const subject_token = ciToken()
    const dpop = await proof()
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(exchange, { subject_token }, { dpop })))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(claimed).toHaveLength(2)
  })
})

describe('O4: a KMS that signs', () => {
  const broken: readonly [string, () => unknown][] = [
    ['fails', down],
    [
      'throws',
      () => {
        throw new Error('the disk is full')
      },
    ],
  ]
  test.each(broken)('that %s at start is an outage with its cause, not a bad key', async (_, fail) => {
    const key = { ...remote('P-256', 'sha256', 'ieee-p1363'), sign: fail as never }
    const failure = await service({ keys: [key] }).then(
      () => undefined,
      (error: unknown) => error as Error,
    )
    expect(failure).toBeInstanceOf(Error)
    expect(failure).not.toBeInstanceOf(TypeError)
    expect([failure?.message, (failure?.cause as Error | undefined)?.message]).toEqual([
      'keys[0]: sign() failed, or took longer than 5 s',
      'the disk is full',
    ])
  })

  test('O4: a KMS that hangs at start is an outage after 5 s', async () => {
    const clock = manualClock(now)
    const { made, call } = observedCall(never)
    const key = { ...remote('P-256', 'sha256', 'ieee-p1363'), sign: call }
    const started = service({ keys: [key] }, { clock }).then(
      () => 'started',
      (error: Error) => error.message,
    )
    await made
    clock.advance(5)
    expect(await started).toBe('keys[0]: sign() failed, or took longer than 5 s')
  })

  test('O4: a KMS that hangs in a request is an outage after 5 s, and the CI token can still be used', async () => {
    const clock = manualClock(now)
    let hangs = false
    const { made, call } = observedCall(never)
    const key = remote('P-256', 'sha256', 'ieee-p1363', (signature) => (hangs ? call() : signature))
    const { exchange, warnings } = await service({ keys: [key] }, { clock })
    hangs = true
    const subject_token = ciToken()
    const asked = ask(exchange, { subject_token })
    await made
    clock.advance(5)
    expect((await asked).status).toBe(503)
    expect(warnings).toContain('A service token could not be signed within 5 s: TimeoutError: took longer than 5000 ms')
    hangs = false
    expect((await ask(exchange, { subject_token })).status).toBe(200)
  })

  test('O14: a failing KMS is reported with its cause, once a minute', async () => {
    const clock = manualClock(now)
    let fails = false
    const key = remote('P-256', 'sha256', 'ieee-p1363', (signature) => (fails ? down() : signature))
    const { exchange, warnings } = await service({ keys: [key] }, { clock })
    warnings.length = 0
    fails = true
    const fail = async (): Promise<void> => expect((await ask(exchange)).status).toBe(503)
    await fail()
    await fail()
    const warning = 'A service token could not be signed within 5 s: Error: the disk is full'
    expect(warnings).toEqual([warning])
    clock.advance(59)
    await fail()
    expect(warnings).toEqual([warning])
    clock.advance(1)
    await fail()
    expect(warnings).toEqual([warning, warning])
  })

  test.each([
    ['P-256', 'sha256', 'ES256'],
    ['P-384', 'sha384', 'ES384'],
    ['P-521', 'sha512', 'ES512'],
  ])('O4: a KMS that returns %s signatures in DER signs tokens that verify', async (curve, hash, algorithm) => {
    for (const form of ['der', 'ieee-p1363'] as const) {
      const running = await service({ keys: [{ ...remote(curve, hash, form), algorithm }] })
      const api = apiOf(running)
      // This many signatures include numbers that are a byte shorter, and numbers that need a
      // leading zero.
      for (let count = 0; count < 30; count++)
        expect(await codeOf(api.verify(await tokenOf(running.exchange)))).toBe('allowed')
    }
  })

  test('O4: a KMS that returns invalid DER is refused at start', async () => {
    const changes: readonly ((der: Uint8Array) => Uint8Array)[] = [
      (der) => Uint8Array.from([...der, 0]),
      (der) => der.subarray(0, -1),
      (der) => Uint8Array.from([0x31, ...der.subarray(1)]),
      (der) => Uint8Array.from([0x30, 0x81, ...der.subarray(1)]),
      (der) => Uint8Array.from([0x30, 0x80, ...der.subarray(2), 0, 0]),
      // An extra zero before the first number.
      (der) => Uint8Array.from([0x30, (der[1] ?? 0) + 1, 0x02, (der[3] ?? 0) + 1, 0, ...der.subarray(4)]),
    ]
    for (const change of changes) {
      const key = remote('P-256', 'sha256', 'der', change)
      await expect(service({ keys: [key] })).rejects.toThrow(/64 bytes \(RFC 7518 §3.4\), or in DER|does not sign/)
    }
    const text = remote('P-256', 'sha256', 'der', (signature) => Buffer.from(signature).toString('base64'))
    await expect(service({ keys: [text] })).rejects.toThrow('must answer the bytes of the signature')
  })
})

test('O14: an outage of the grants is reported with its cause', async () => {
  const grants: ExchangeOptions['grants'] = down
  const { exchange, warnings } = await service({ grants })
  await ask(exchange)
  expect(warnings.at(-1)).toBe(
    'The grants of a job could not be found within 5 s, or some of them are no grants: Error: the disk is full',
  )
})
