/** `jobpass dev token`. */

import { escapeForLog, isPlainObject } from '@jobpass/core/internal'
import type { DevTokenFlags } from './flags.ts'
import { usualPort } from '../commands/flags.ts'
import type { Context } from '../context.ts'
import { CommandError, exitCodes } from '../io/exit.ts'
import { print, printJson } from '../io/print.ts'
import type { SignedToken, TokenRequest } from './jobs.ts'

/** Asks the running local issuer for a token, and prints it. */
export async function runDevToken(this: Context, flags: DevTokenFlags): Promise<void> {
  const { job, branch, event, claim = [], audience, port } = flags
  const claims = {
    ...(branch !== undefined && { branch }),
    ...(event !== undefined && { event }),
    ...Object.fromEntries(claim.map(readClaim)),
  }
  const signed = await ask(this, port, {
    claims,
    ...(job !== undefined && { job }),
    ...(audience !== undefined && { audience }),
  })
  if (flags.json) printJson(this, signed)
  else print(this, signed.token)
}

/** Reads `name=value` as text, and `name:=value` as JSON. */
function readClaim(given: string): [string, unknown] {
  const [, name, json, value = ''] = /^([^=]+?)(:?)=(.*)$/s.exec(given) ?? []
  if (name === undefined)
    throw new CommandError(`--claim takes name=value or name:=json, not ${JSON.stringify(escapeForLog(given))}`)
  if (json === '') return [name, value]
  try {
    return [name, JSON.parse(value)]
  } catch {
    throw new CommandError(`--claim ${escapeForLog(name)}: after := comes JSON, such as 7, true or ["a"]`)
  }
}

async function ask({ fetch }: Context, port: number, request: TokenRequest): Promise<SignedToken> {
  let answer
  let body: unknown
  try {
    answer = await fetch(`http://127.0.0.1:${port}/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request),
      redirect: 'error',
    })
    body = await answer.json()
  } catch {
    const start = port === usualPort ? 'jobpass dev' : `jobpass dev --port ${port}`
    throw new CommandError(`no local issuer answers on port ${port}: start it with ${start}`, exitCodes.outage)
  }
  if (answer.ok && isPlainObject(body) && typeof body['token'] === 'string') return body as unknown as SignedToken
  const message = isPlainObject(body) && typeof body['message'] === 'string' ? body['message'] : 'no reason given'
  throw new CommandError(`the local issuer gave no token: ${escapeForLog(message)}`)
}
