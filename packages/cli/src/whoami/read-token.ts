/** The token that `jobpass whoami` is about. */

import { escapeForLog } from '@jobpass/core/internal'
import type { AnyProvider } from '@jobpass/policy/built-in'
import { providerById, providerOfIssuer } from '@jobpass/policy/built-in'
import type { WhoamiFlags } from './flags.ts'
import type { Context } from '../context.ts'
import { issuerOf } from '../explain/platform.ts'
import { readCredential } from '../explain/read-credential.ts'
import { CommandError } from '../io/exit.ts'
import { readStdin } from '../io/input.ts'
import { reporting } from '../io/progress.ts'
import { asCommand, jobClient } from '../job/client.ts'
import { platformNamed } from '../job/platform-named.ts'
import type { Evidence } from './verify.ts'

/** The longest token that is read, in bytes. */
const maxBytes = 262_144

/** Gets the token, and finds out which platform issued it. */
export async function readToken(context: Context, flags: WhoamiFlags): Promise<Evidence> {
  const { text, platform } = await findToken(context, flags)
  const credential = readCredential(text)
  if (credential.kind === 'claims' || credential.claims === undefined)
    throw new CommandError('the given text is not a token, which has three parts with dots between them')
  const { claims } = credential
  const iss = issuerOf(claims)
  return { text: credential.text, claims, iss, provider: platformOf(iss, flags.platform, platform) }
}

/** A token that was found. */
interface Found {
  /** The text. */
  readonly text: string
  /** The platform, where the job says it. */
  readonly platform?: string
}

async function findToken(context: Context, { audience, stdin, tokenEnv }: WhoamiFlags): Promise<Found> {
  if (stdin && tokenEnv !== undefined) throw new CommandError('--stdin and --token-env exclude each other')
  if (stdin) return { text: await readStdin(context, { what: 'the token', maxBytes, oneLine: true }) }
  if (tokenEnv === undefined) {
    const { token, provider } = await asCommand(() =>
      reporting(context, 'Asking for a token', () => jobClient(context).getToken({ audience })),
    )
    return { text: token, platform: provider }
  }
  const text = context.process.env[tokenEnv]
  if (text === undefined || text === '') throw new CommandError(`the variable ${tokenEnv} is not set`)
  return { text }
}

/** The platform that the user names, else that of the issuer, else that of the job. */
function platformOf(iss: string, named: string | undefined, ofJob: string | undefined): AnyProvider {
  if (named !== undefined) return platformNamed(named)
  const found = providerOfIssuer(iss) ?? (ofJob === undefined ? undefined : providerById(ofJob))
  if (found !== undefined) return found
  throw new CommandError(`the issuer ${escapeForLog(iss)} belongs to no known platform: name it with --platform`)
}
