// Every named attack: its refusal, and that a check without any shared code refuses it too. All use
// one verifier, so that side effects of an attack would show in the next.

import { constants, publicDecrypt } from 'node:crypto'
import { createVerifier } from '@jobpass/core'
import { describe, expect, test } from 'vitest'
import { claimAttacks, goodClaims } from './attacks/claims.ts'
import { formAttacks, goodForms } from './attacks/forms.ts'
import { goodHeaders, headerAttacks } from './attacks/headers.ts'
import { cubicAttacks, secondSignature, signatureAttacks } from './attacks/signatures.ts'
import { faultOf } from './reference.ts'
import { goodTokens, outcomeOf, partsOf, referenceWorld, rsaCubic, trusting } from './world.ts'

// One verifier for all: whatever an attack leaves behind would show in the next.
const verifier = createVerifier(trusting)

/** Refused by the provider's table or the rules, which the token check does not know. */
const beyondToken = new Set(['claims_invalid', 'workload_forbidden'])

describe.each([
  ['the form', formAttacks],
  ['the header', headerAttacks],
  ['the signature', signatureAttacks],
  ['the claims', claimAttacks],
])('attacks by %s', (_, attacks) => {
  test.each(attacks)('the token is refused: $name', async ({ token, codes }) => {
    expect(codes).toContain(await outcomeOf(verifier.verify(token)))
    if (!codes.some((code) => beyondToken.has(code))) expect(faultOf(token, referenceWorld)).toBeDefined()
  })
})

describe('unusual but valid tokens', () => {
  const tokens = {
    ...goodForms,
    ...goodHeaders,
    ...goodClaims,
    'the second signature of ECDSA': secondSignature,
    ...Object.fromEntries(goodTokens.map((token, index) => [`good token ${index}`, token])),
  }
  test.each(Object.entries(tokens))('the token is accepted: %s', async (_, token) => {
    expect(faultOf(token, referenceWorld)).toBeUndefined()
    expect(await outcomeOf(verifier.verify(token))).toBe('allowed')
  })
})

test.each(Object.entries(cubicAttacks))('a careless verifier would accept %s', (_, token) => {
  const signature = Buffer.from(partsOf(token)[2], 'base64url')
  const opened = publicDecrypt({ key: rsaCubic.publicKey, padding: constants.RSA_NO_PADDING }, signature)
  expect(opened.subarray(0, 2).toString('hex')).toMatch(/^000[012]$/)
  expect(opened.toString('hex')).toContain('0609608648016503040201')
})
