// Bearer parser, token decoder, claim tables and verifier, each compared with an independent
// implementation.

import { createVerifier, errorCodes } from '@jobpass/core'
import { circleci, githubActions, gitlab } from '@jobpass/core'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Refusal, refuse } from '../../packages/core/src/model/refusal.ts'
import { parseRows } from '../../packages/core/src/table/claim-rows.ts'
import { isCredential, noToken, readBearer } from '../../packages/core/src/token/authorization-header.ts'
import { wrongClaim } from '../../packages/core/src/table/read-claims.ts'
import { decodeToken } from '../../packages/core/src/token/jws.ts'
import { circleciPush, githubPush, gitlabPush } from '@jobpass/testing/internal'
import { anyCredential, anyToken } from './arbitraries.ts'
import { fitsRows } from './claim-rows.ts'
import { faultOf } from './reference.ts'
import type { Json } from './strict-decoder.ts'
import { decodeBase64url, decodeJson } from './strict-decoder.ts'
import { watchUnhandled } from './unhandled.ts'
import { outcomeOf, referenceWorld, trusting } from './world.ts'

watchUnhandled()

describe('the strict decoder of the reference', () => {
  test('the strict decoder reads exactly what Node writes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), fc.base64String(), (bytes, text) => {
        expect(decodeBase64url(base64url(bytes))).toEqual(Buffer.from(bytes))
        const loose = Buffer.from(text, 'base64url')
        expect(decodeBase64url(text)).toEqual(base64url(loose) === text ? loose : undefined)
      }),
      { seed: 4, numRuns: 500 },
    )
  })

  test('the strict decoder reads and refuses JSON as JSON.parse does', () => {
    const broken = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom(...Array.from('{}[],:"\\u0 1-+.eE\ntfn\u00a0\uFEFF')))
      .map(([text, position, put]) => {
        const at = position % (text.length + 1)
        return text.slice(0, at) + put + text.slice(at)
      })
    fc.assert(
      fc.property(fc.oneof(fc.json(), broken), (text) => {
        const read = decodeJson(Buffer.from(text), 100)
        let expected: unknown
        try {
          expected = JSON.parse(text)
        } catch {
          expected = undefined
        }
        // Lone surrogates are encoded as another character.
        fc.pre(Buffer.from(text).toString() === text)
        expect(read === undefined ? undefined : plain(read)).toEqual(expected)
      }),
      { seed: 4, numRuns: 2000 },
    )
  })
})

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}

/** As `JSON.parse` returns it. */
function plain(value: Json): unknown {
  if (value instanceof Map) {
    const object = {}
    for (const [name, member] of value as ReadonlyMap<string, Json>) {
      Object.defineProperty(object, name, {
        value: plain(member),
        enumerable: true,
        configurable: true,
        writable: true,
      })
    }
    return object
  }
  return Array.isArray(value) ? value.map((item) => plain(item as Json)) : value
}

test('lesson A2: the bearer parser accepts at most one credential, and returns a token from the header', () => {
  fc.assert(
    fc.property(anyCredential, (values) => {
      const text = readBearer(values)
      const read = typeof text === 'string' && !isCredential(text) ? refuse('request_malformed') : text
      const ours = values.filter((value) => /^[ \t]*bearer(?: |[ \t]*$)|,[ \t]*bearer(?:[ \t]|$)/i.test(value))
      if (read instanceof Refusal) expect(read.code).toBe('request_malformed')
      else if (read !== noToken) {
        expect(values.join(', ').trim().toLowerCase()).toMatch(/^bearer /)
        expect(values.filter((value) => value.includes(read))).toHaveLength(1)
        expect(values).toHaveLength(1)
        expect(read).toMatch(/^[\w.~+/-]+=*$/)
      } else expect(ours).toEqual([])
    }),
    { seed: 4, numRuns: 3000 },
  )
})

test('lesson B4: the decoder reads what a second decoder reads, and refuses what that one refuses', () => {
  const registered = {
    iss: ['string'],
    sub: ['string'],
    jti: ['string'],
    exp: ['number'],
    iat: ['number'],
    nbf: ['number'],
  }
  fc.assert(
    fc.property(anyToken, (text) => {
      const parts = text.split('.')
      const [header, claims] = parts.map((part) => {
        const bytes = decodeBase64url(part)
        return part === '' || bytes === undefined ? undefined : decodeJson(bytes)
      })
      const objects = header instanceof Map && claims instanceof Map && decodeBase64url(parts[2] ?? '') !== undefined
      const decodable = objects && parts.length === 3 && text.length <= 16_384
      const decoded = decodeToken(text)
      if (decoded instanceof Refusal) {
        expect(decoded.code).toBe('token_malformed')
        // Of decodable tokens, only those with members of a wrong type are refused here.
        const claim = decoded.context.unverifiedClaim
        if (decodable && claim === undefined) expect(typeof header.get('alg')).not.toBe('string')
        if (decodable && claim !== undefined) {
          const value = claims.get(claim)
          const type = typeof value
          const unfit = type === 'number' ? !Number.isFinite(value) : /\p{Cc}/u.test(String(value))
          expect(Object.entries(registered).some(([name, [wanted]]) => name === claim && wanted === type)).toBe(
            (type === 'number' || type === 'string') && unfit && !(claim === 'aud'),
          )
        }
        return
      }
      expect(decodable).toBe(true)
      expect(decoded.text).toBe(text)
      expect(JSON.stringify(decoded.header)).toBe(JSON.stringify(plain(header as unknown as Json)))
      expect(JSON.stringify(decoded.claims)).toBe(JSON.stringify(plain(claims as unknown as Json)))
    }),
    { seed: 4, numRuns: 3000 },
  )
})

describe.each([
  [githubActions, githubPush],
  [gitlab, gitlabPush],
  [circleci, circleciPush],
])('the claim table of $id', ({ table }, sample) => {
  const rows = parseRows(table.claims, table.requiredClaims)
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom<unknown>(null, '', 'x', 'true', 'false', 0, true, false, [], ['x'], [1], ['x', null], {}),
  )
  const name = fc.constantFrom(...Object.keys(sample), 'repo_property_a', 'repo_property_', '__proto__', 'toString')

  test('lesson G11: the table accepts exactly the claims that have the type of their row', () => {
    fc.assert(
      fc.property(fc.dictionary(name, value, { maxKeys: 3 }), (changes) => {
        const claims = Object.assign(Object.create(null), sample, changes) as Record<string, unknown>
        const wrong = wrongClaim(rows, claims)
        const subject = claims['sub'] !== '' && claims['sub'] !== null && !isEmptyList(claims['sub'])
        expect(wrong === undefined).toBe(subject && fitsRows(table.claims, claims, table.requiredClaims))
      }),
      { seed: 4, numRuns: 1500 },
    )
  })

  test('lesson E4: the table refuses a token without any one of its required claims', () => {
    for (const key of Object.keys(table.requiredClaims ?? {})) {
      const { [key]: _, ...rest } = sample
      expect(wrongClaim(rows, rest)).toBe(key)
    }
  })
})

const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0

describe('the verifier', () => {
  const verifier = createVerifier(trusting)
  const beyondToken = ['allowed', 'claims_invalid', 'workload_forbidden', 'workload_denied']

  test('lesson I6: the verifier accepts exactly what the reference accepts, and rejects only with refusals', async () => {
    await fc.assert(
      fc.asyncProperty(anyToken, async (text) => {
        const outcome = await outcomeOf(verifier.verify(text))
        // Only spaces around a token are tolerated, as in a header.
        const fault = faultOf(text.replace(/^ +|[ \t]+$/g, ''), referenceWorld)
        if (outcome !== 'allowed') expect(Object.keys(errorCodes)).toContain(outcome)
        if (fault === undefined) expect(beyondToken).toContain(outcome)
        // A missing date or subject is reported as a claim; the reference reports it as a fault of
        // the token.
        else expect(beyondToken.filter((code) => code !== 'claims_invalid')).not.toContain(outcome)
      }),
      { seed: 4, numRuns: 2500 },
    )
  })

  test('the generated tokens are of all kinds, including valid ones', () => {
    const kinds = fc.sample(anyToken, { seed: 4, numRuns: 1000 }).map((text) => faultOf(text, referenceWorld) ?? 'good')
    for (const kind of [
      'good',
      'not decodable',
      'bad signature',
      'no key, or several',
      'algorithm',
      'audience',
      'expired',
    ]) {
      expect(kinds).toContain(kind)
    }
    expect(kinds.filter((kind) => kind === 'good').length).toBeGreaterThan(50)
  })
})
