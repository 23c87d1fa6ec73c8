// Key rotation under load: two simulated hours, a token per second, two APIs that check all tokens.

import { githubActions } from '@jobpass/core'
import { importJWK, SignJWT } from 'jose'
import { expect, test } from 'vitest'
import { codeOf, manualClock, now } from '@jobpass/testing/internal'
import { apiOf, ask, ciToken, claimsOf, makeKey, service } from './service.ts'

const hours = 7200
const every = 600
/** In seconds: polling interval, lifetime of tokens, and how long verifiers may keep keys. */
const [step, life, fresh] = [5, 300, 600]
/** Seconds for which a retired key stays published after its last token expires. */
const margin = 60

test('during a rotation no valid token is refused, and no retired key is accepted after its time', async () => {
  const privateKeys = await Promise.all(Array.from({ length: hours / every + 1 }, () => makeKey()))
  const keys = privateKeys.map((privateKey, index) => ({
    privateKey,
    kid: `k${index}`,
    from: index === 0 ? 0 : now + index * every,
  }))
  const clock = manualClock(now)
  const grant = { name: 'all', scopes: ['publish'], audience: 'https://api.acme.dev', lifetime: life }
  const rule = githubActions({ repositoryId: '74205118' })
  const running = await service({ keys, maxLifetime: life, grants: [{ ...grant, rule }] }, { clock })
  const verifiers = [apiOf({ ...running, clock }), apiOf({ ...running, clock }, { cache: false })]
  const live: { readonly token: string; readonly until: number }[] = []
  const counts = { issued: 0, checked: 0, refused: 0, forged: 0, forgedAdmitted: 0 }

  for (let at = now; at < now + hours; at += step) {
    const { body } = await ask(running.exchange, { subject_token: ciToken({ iat: at, nbf: at, exp: at + 300 }) })
    const token = String(body['access_token'])
    counts.issued++
    live.push({ token, until: at + life })
    while ((live[0]?.until ?? Infinity) <= at) live.shift()
    for (const { token: one } of live.filter((_, index) => index % 7 === 0 || index === live.length - 1))
      for (const verifier of verifiers) {
        counts.checked++
        if ((await codeOf(verifier.verify(one))) !== 'allowed') counts.refused++
      }
    // A thief of a retired key signs a token that is correct otherwise.
    for (const [index, { from, kid }] of keys.entries()) {
      const retired = keys[index + 1]?.from ?? Infinity
      if (from > at || at < retired + life + margin + fresh + step || at > retired + life + margin + fresh + 60)
        continue
      const forged = await new SignJWT({ ...claimsOf(token), jti: `${kid} ${at}` })
        .setProtectedHeader({ alg: 'ES256', kid, typ: 'at+jwt' })
        .sign(await importJWK(privateKeys[index] ?? {}, 'ES256'))
      for (const verifier of verifiers) {
        counts.forged++
        if ((await codeOf(verifier.verify(forged))) === 'allowed') counts.forgedAdmitted++
      }
    }
    clock.advance(step)
  }

  const { refused, forgedAdmitted, issued, checked, forged } = counts
  expect({ refused, forgedAdmitted, issued }).toEqual({ refused: 0, forgedAdmitted: 0, issued: hours / step })
  expect([checked > 20_000, forged > 100]).toEqual([true, true])
})
