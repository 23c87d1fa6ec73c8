/** Assertions without a test framework. */

/** Seconds since 1970, some seconds from now. */
export const inSeconds = (seconds: number): number => Date.now() / 1000 + seconds

/** The numbers from 0, as many as asked. */
export const numbered = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index)

/** A random key of the length of a digest, 43 characters. */
export const freshKey = (): string =>
  `${crypto.randomUUID()}${crypto.randomUUID()}`.replaceAll('-', '').slice(0, 42).padEnd(43, '_')

/** Fails unless two values have the same JSON. */
export function equal(what: string, actual: unknown, expected: unknown): void {
  const [is, should] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (is !== should) throw new Error(`${what}: expected ${should}, got ${is}`)
}

/** Repeats a question until the answer is yes, and fails after five seconds. */
export async function until(what: string, ask: () => Promise<boolean>): Promise<void> {
  const limit = Date.now() + 5_000
  while (!(await ask())) {
    if (Date.now() > limit) throw new Error(`waited five seconds until ${what}`)
    await after(20)
  }
}

/** Fails unless a call rejects within three seconds. */
export async function rejects(what: string, call: () => Promise<unknown>): Promise<void> {
  const answer = call().then(
    (value) => `the answer ${JSON.stringify(value)}`,
    () => 'a rejection',
  )
  const outcome = await Promise.race([answer, after(3000).then(() => 'nothing')])
  if (outcome !== 'a rejection') throw new Error(`${what}: expected a rejection within 3 s, got ${outcome}`)
}

const after = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))
