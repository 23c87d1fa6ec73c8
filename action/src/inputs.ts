/** The inputs of the action. A mistake is an error that says what to write. */

import type { Environment } from './runner.ts'

/** The tools that the action writes a file for. */
const modes = ['curl-config', 'npmrc', 'netrc', 'docker'] as const

/** The tool that a file is for. */
export type Mode = (typeof modes)[number]

/** The file to write. */
export interface Destination {
  /** The tool that reads it. */
  readonly mode: Mode
  /** The host that the tool sends the token to, with a port if it is not 443; empty for curl. */
  readonly host: string
  /** The user name that goes with the token, where the tool sends it as a password. */
  readonly username: string
}

/** What the workflow asks for. */
export interface Inputs {
  /** The name of the API. */
  readonly audience: string
  /** The exchange, if there is one. */
  readonly exchange?: { readonly url: string; readonly scope?: string }
  /** The file, if one is wanted. */
  readonly destination?: Destination
}

export const inputNames = ['audience', 'exchange-url', 'scope', 'write', 'host', 'username'] as const
type InputName = (typeof inputNames)[number]

/** An input that is missing or wrong. */
class InputError extends Error {
  override readonly name = 'InputError'

  constructor(input: InputName, advice: string) {
    super(`Input ${input}: ${advice}`)
  }
}

/**
 * Reads and checks the inputs.
 *
 * @throws {InputError} that says what to write.
 */
export function readInputs(env: Environment): Inputs {
  const read = (name: InputName): string => readInput(env, name)
  const audience = read('audience')
  if (audience === '') throw new InputError('audience', "write the name of the API, such as 'https://api.acme.dev'.")
  const exchange = exchangeOf(read('exchange-url'), read('scope'))
  const destination = destinationOf(read('write'), { host: read('host'), username: read('username'), audience })
  return { audience, ...(exchange && { exchange }), ...(destination && { destination }) }
}

function readInput(env: Environment, name: InputName): string {
  const value = (env[`INPUT_${name.toUpperCase()}`] ?? '').trim()
  // A line break would end a line of a file or a header, and begin another one.
  if (/\p{Cc}/u.test(value)) throw new InputError(name, 'write one line, without control characters.')
  return value
}

function exchangeOf(url: string, scope: string): Inputs['exchange'] {
  if (url === '') {
    if (scope !== '') throw new InputError('scope', 'it is for an exchange: add exchange-url, or remove scope.')
    return undefined
  }
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const isPlain = parsed?.username === '' && parsed.password === '' && parsed.hash === '' && parsed.search === ''
  // Without a path, this is the issuer and not its endpoint.
  if (parsed?.protocol !== 'https:' || !isPlain || parsed.pathname === '/')
    throw new InputError('exchange-url', "write an https URL, such as 'https://auth.acme.dev/token'.")
  // RFC 6749 §3.3
  if (!/^(?:[!#-[\]-~]+(?: [!#-[\]-~]+)*)?$/.test(scope))
    throw new InputError('scope', "write scopes separated by one space, such as 'read publish'.")
  return { url, ...(scope !== '' && { scope }) }
}

interface Given {
  readonly host: string
  readonly username: string
  readonly audience: string
}

function destinationOf(write: string, { host, username, audience }: Given): Destination | undefined {
  const mode = modes.find((each) => each === write)
  if (write !== '' && mode === undefined)
    throw new InputError('write', `write one of ${modes.join(', ')}, or leave it out for no file.`)
  if (host !== '' && (mode === undefined || mode === 'curl-config'))
    throw new InputError('host', 'it is for npmrc, netrc and docker: set write to one of them, or remove host.')
  if (username !== '' && mode !== 'netrc' && mode !== 'docker')
    throw new InputError('username', 'it is for netrc and docker: set write to one of them, or remove username.')
  // A colon ends the name in Basic authentication (RFC 7617), a space ends it in netrc.
  if (!/^[\w.+@$-]*$/.test(username))
    throw new InputError('username', "write letters, digits and . _ + @ $ - only, such as 'token'.")
  if (mode === undefined) return undefined
  return { mode, host: mode === 'curl-config' ? '' : hostOf(host, audience), username: username || 'token' }
}

function hostOf(given: string, audience: string): string {
  const isUrl = given === '' && URL.canParse(audience) && new URL(audience).protocol === 'https:'
  const host = isUrl ? new URL(audience).host : given
  const name = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?'
  if (!new RegExp(`^${name}(?:\\.${name})*(?::[1-9][0-9]{0,4})?$`, 'i').test(host))
    throw new InputError('host', "write the name of a host without scheme and path, such as 'npm.acme.dev'.")
  return host.toLowerCase()
}
