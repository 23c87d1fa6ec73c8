/**
 * Memory of the cache of verified tokens, and whether it is stable. Tokens are signed with Ed25519
 * because that is fast.
 */

import { fastJwt } from './micro/sync-peers.ts'
import { verifierFor } from './provider.ts'
import type { Section } from './report/section.ts'
import { figure, table } from './report/table.ts'
import type { BenchKey } from './tokens.ts'
import { mint } from './mint.ts'
import { makeKey } from './tokens.ts'

export async function cacheMemory(quick: boolean): Promise<Section> {
  const key = makeKey('EdDSA')
  const held = quick ? 1000 : 10_000
  const calls = quick ? 2000 : 200_000
  const verifier = verifierFor(key, { entries: 4 * held })
  const own = await bytesPerToken(key, held, (token) => verifier.verify(token))
  const [, peer] = fastJwt(key, held)
  const other = await bytesPerToken(key, held, peer.verify)
  const growth = await heapOver(key, calls)
  return {
    title: 'Memory',
    blocks: [
      `Heap for each remembered token, of ${held.toLocaleString('en')} different ones of ${mint(key).length} characters.`,
      table(
        ['', '× text of the token', 'bytes a token'],
        [
          ['jobpass', own],
          ['fast-jwt, cache on', other],
        ].map(([name, bytes]) => [String(name), figure(Number(bytes) / mint(key).length), figure(Number(bytes))]),
      ),
      ...(other < own ? [`fast-jwt keeps a token in ${figure(other / own)} of the memory that jobpass takes.`] : []),
      `Heap while ${calls.toLocaleString('en')} different tokens are verified, with the default cache:`,
      table(
        ['tokens', 'MiB'],
        growth.map(([count, mebibytes]) => [count.toLocaleString('en'), mebibytes.toFixed(1)]),
      ),
    ],
  }
}

/** Growth of the heap, in bytes per token, after verifying this many tokens. */
async function bytesPerToken(key: BenchKey, count: number, verify: (token: string) => unknown): Promise<number> {
  await verify(mint(key))
  const before = heap()
  for (let index = 0; index < count; index++) await verify(mint(key))
  // One more call keeps the measured object alive.
  const after = heap()
  await verify(mint(key))
  return (after - before) / count
}

async function heapOver(
  key: BenchKey,
  calls: number,
): Promise<readonly (readonly [count: number, mebibytes: number])[]> {
  const verifier = verifierFor(key)
  const readings: [number, number][] = [[0, heap() / 2 ** 20]]
  for (let call = 1; call <= calls; call++) {
    await verifier.verify(mint(key))
    if (call % (calls / 10) === 0) readings.push([call, heap() / 2 ** 20])
  }
  return readings
}

function heap(): number {
  ;(globalThis as { gc?: () => void }).gc?.()
  return process.memoryUsage().heapUsed
}
