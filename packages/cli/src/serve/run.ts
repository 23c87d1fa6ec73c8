/** `jobpass serve`. */

import { resolve } from 'node:path'
import { memoryReplayStore } from '@jobpass/core'
import type { Context } from '../context.ts'
import { CommandError } from '../io/exit.ts'
import { onHangUp, untilStopped } from '../io/signals.ts'
import type { ServeFlags } from './flags.ts'
import type { IdentitySigner } from './identity-token.ts'
import { logOf } from './log.ts'
import { Metrics } from './metrics.ts'
import { Readiness } from './readiness.ts'
import { followPolicy } from './served-policy.ts'
import { startServer } from './server.ts'
import { verifierOptions } from './verifier-options.ts'

/** Answers the questions of proxies, until it is stopped. */
export async function runServe(this: Context, flags: ServeFlags, file: string): Promise<void> {
  const { trust, issuer, host, port, json } = flags
  const log = logOf(this, json)
  const metrics = new Metrics()
  const readiness = new Readiness()
  const signer = await signerOf(this, flags)
  const policy = followPolicy({
    path: resolve(this.cwd, file),
    trust,
    issuer,
    store: memoryReplayStore(),
    metrics,
    log,
    verifier: verifierOptions(this, flags, metrics, log),
    onVersion: ({ verifier }) => readiness.follow(verifier),
  })
  const server = await startServer({ policy, signer, metrics, readiness }, host, port, log)
  const stopped = untilStopped()
  onHangUp(policy.reload)
  const { fingerprint, guards } = policy.current
  const urls = Array.from(guards.keys(), (path) => server.url + path)
  log({
    event: 'started',
    url: server.url,
    fingerprint,
    guards: [...guards.keys()],
    message: `policy ${fingerprint} at ${urls.join(', ')}`,
  })
  await stopped
  log({ event: 'stopping', message: 'stopping: requests that run are answered' })
  policy.close()
  await server.stop()
}

async function signerOf(
  context: Context,
  { identity, key = [], upstream }: ServeFlags,
): Promise<IdentitySigner | undefined> {
  if (identity === 'headers') {
    if (key.length > 0 || upstream !== undefined) throw new CommandError('--key and --upstream need --identity jwt')
    return undefined
  }
  if (key.length === 0 || upstream === undefined)
    throw new CommandError('--identity jwt needs --key FILE to sign with, and --upstream NAME, the audience')
  return (await import('./identity-token.ts')).signerFrom(context, key, upstream)
}
