/** Cost of a request by the number of cached tokens. */

import { createAuthenticator } from '@jobpass/core/adapter'
import type { Rounds } from '../measure/interleave.ts'
import { settled, timed } from '../measure/interleave.ts'
import { jose } from '../micro/peers.ts'
import { verifierFor } from '../provider.ts'
import { mint } from '../mint.ts'
import { freshly, makeKey } from '../tokens.ts'
import type { Curve } from './curve.ts'
import { curve } from './curve.ts'

export async function byCachedTokens(sizes: readonly number[], rounds: Rounds): Promise<Curve> {
  const key = makeKey('EdDSA')
  const { authenticate } = createAuthenticator(verifierFor(key, { entries: 1_000_000 }))
  const peer = jose(key)
  const tokens: string[] = []
  return curve(
    { title: 'A request by the number of remembered tokens', x: 'tokens' },
    sizes,
    async (size) => {
      while (tokens.length < size) {
        const token = mint(key)
        tokens.push(token)
        if ((await authenticate({}, [`Bearer ${token}`])) !== undefined) throw new Error('a good token was refused')
      }
      const some = (): string => tokens[Math.floor(Math.random() * size)] ?? ''
      return [
        timed(
          'jobpass, entrance, token seen before',
          () => [freshly(`Bearer ${some()}`)],
          (values) => authenticate({}, values),
        ),
        settled('jose', () => freshly(some()), peer.verify),
      ]
    },
    rounds,
  )
}
