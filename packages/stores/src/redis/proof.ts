/** Verifies, before anything is admitted, that a client and its server behave as claims need. */

import type { Commands } from './client.ts'

/** Lifetime of the key used by the proof, in milliseconds. */
const lasts = 10_000

/**
 * Rejects if claims would not be reliable: if a key can be set twice, or does not expire, or if a
 * mark does not last.
 */
export async function prove(commands: Commands, prefix: string): Promise<void> {
  const key = `${prefix}proof:${crypto.randomUUID()}`
  const expect = async (what: string, answer: Promise<unknown>, right: (value: unknown) => boolean): Promise<void> => {
    if (!right(await answer))
      throw new Error(
        `Redis or its client does not do what one-time use needs, and nothing is admitted: ${what}. Use node-redis 4 to 6 without legacyMode and type mapping, or ioredis 5`,
      )
  }
  await expect('SET with NX did not set a new key', commands.setIfAbsent(key, '1', lasts), (value) => value === 'OK')
  await expect('SET with NX set a key twice', commands.setIfAbsent(key, '1', lasts), (value) => value === null)
  await expect('EXISTS does not find what was set', commands.exists(key), (value) => value === 1)
  await expect('GET does not find what was set', commands.get(key), (value) => value === '1')
  const isLeft = (from: number, to: number) => (value: unknown) =>
    typeof value === 'number' && value > from && value <= to
  await expect('a key does not expire when it should', commands.timeLeft(key), isLeft(0, lasts))
  const replaced = commands.replace(key, '2', 3 * lasts)
  await expect('SET with GET did not answer the value before', replaced, (value) => value === '1')
  await expect('a key is not prolonged', commands.timeLeft(key), isLeft(lasts, 3 * lasts))
}
