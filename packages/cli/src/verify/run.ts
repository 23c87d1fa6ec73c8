/** `jobpass verify`. */

import type { VerdictEvent } from '@jobpass/core'
import { createVerifier, explain, WorkloadAuthError } from '@jobpass/core'
import { escapeForLog } from '@jobpass/core/internal'
import type { AnyProvider } from '@jobpass/policy/built-in'
import { providerById, providers } from '@jobpass/policy/built-in'
import type { VerifyFlags } from './flags.ts'
import type { Context } from '../context.ts'
import { everyJobOf } from '../explain/identify.ts'
import { platformOf } from '../explain/platform.ts'
import { readCredential } from '../explain/read-credential.ts'
import { clockAt } from '../explain/server.ts'
import { identityLines } from '../identity/lines.ts'
import { CommandError, exitCodes } from '../io/exit.ts'
import { readFile } from '../io/input.ts'
import { print, printJson } from '../io/print.ts'
import { styleFor } from '../io/style.ts'
import { readToken } from '../io/token.ts'
import { asUsage } from '../io/usage.ts'

/** Verifies a token. */
export async function runVerify(this: Context, flags: VerifyFlags): Promise<void> {
  const credential = readCredential(await readToken(this, flags.tokenEnv, 'the token'))
  if (credential.kind === 'claims') throw new CommandError('claims have no signature: verify takes a token')
  const iss = flags.issuer ?? credential.claims?.['iss']
  const provider = providerFor(flags.platform, { iss })
  const event = await verifyBy(this, credential.text, { flags, iss: String(iss), provider })
  const { workload, code } = event
  const verified = workload !== undefined
  const result = verified ? { verified, workload } : { verified, code, message: explain(event) }
  const style = styleFor(this.process.stdout, this.process.env)
  if (flags.json) printJson(this, result)
  else if (verified) print(this, [style.good('verified'), ...identityLines(workload)].join('\n'))
  else print(this, explain(event).replace(/^refused/, style.bad('refused')))
  this.process.exitCode = verified ? exitCodes.ok : code === 'issuer_unavailable' ? exitCodes.outage : exitCodes.no
}

/** The table that the claims are checked by. A token without a known issuer is refused by any. */
function providerFor(id: string | undefined, claims: { readonly iss: unknown }): AnyProvider {
  if (id === undefined) {
    const found = platformOf(claims, [])
    if (found !== undefined || claims.iss === undefined) return found ?? (providers[0] as AnyProvider)
    throw new CommandError(
      `the platform of the issuer ${escapeForLog(String(claims.iss))} is unknown: name it with --platform`,
    )
  }
  const found = providerById(id)
  if (found !== undefined) return found
  throw new CommandError(
    `--platform: unknown platform ${escapeForLog(id)}. Known: ${providers.map((each) => each.id).join(', ')}`,
  )
}

interface How {
  readonly flags: VerifyFlags
  readonly iss: string
  readonly provider: AnyProvider
}

/**
 * The event of a verifier that trusts the issuer, and admits no job: a verified token has a
 * workload.
 */
async function verifyBy(context: Context, token: string, { flags, iss, provider }: How): Promise<VerdictEvent> {
  const { audience, keys, at = context.now() } = flags
  const { fixedAudience } = provider.table
  const settings = { maxLifetime: 604_800, ...(fixedAudience && { audience, sharedAudience: 'accepted' }) }
  const events: VerdictEvent[] = []
  const keysFrom = keys === undefined ? context.fetch : await fetchFrom(context, keys, iss)
  const verifier = asUsage(() =>
    createVerifier({
      audience,
      trust: everyJobOf(iss, provider, settings),
      fetch: keysFrom,
      clock: clockAt(at),
      onVerdict: (event) => events.push(event),
      onWarning: () => {},
    }),
  )
  await verifier.authorize(`Bearer ${token}`).catch((error: unknown) => {
    if (!(error instanceof WorkloadAuthError)) throw error
  })
  return events.at(-1) as VerdictEvent
}

/** Serves the keys of a file, as the issuer would. */
async function fetchFrom(context: Context, path: string, issuer: string): Promise<typeof fetch> {
  const keys = await readFile(context, path, 1_048_576)
  const documents = JSON.stringify({ issuer, jwks_uri: `${issuer}/keys` })
  return async (url) => new Response(String(url).endsWith('/openid-configuration') ? documents : keys)
}
