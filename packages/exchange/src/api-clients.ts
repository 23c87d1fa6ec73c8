/** The APIs that may ask about tokens, and how they authenticate (RFC 7662 §2.1). */

import type { Clock, EndpointRequest } from '@jobpass/core'
import { digestBytes, formatType, formatValue, readOptions, within } from '@jobpass/core/internal'
import type { VerifierConfig } from '@jobpass/core/internal'
import type { Form } from './form.ts'
import { OAuthError, unavailable } from './oauth-answer.ts'
import { fromHexadecimal } from './trust/client-certificate.ts'

/** An API that introspects tokens, with the digest of its secret. */
export interface ApiClient {
  /** Its name, which is the user name of HTTP Basic: 1 to 100 printable ASCII characters. */
  readonly id: string
  /**
   * SHA-256 of its secret in hexadecimal, as `sha256sum` prints it. The secret is a random text of
   * at least 32 characters.
   */
  readonly secretDigest: string
  /** The API's audience, or several: it learns about tokens for these only. */
  readonly audience: string | readonly string[]
}

/**
 * Finds the audience, or the audiences, of the API that makes a request; `undefined` refuses it.
 * Throwing or taking longer than 5 s is answered 503. An API that has a workload identity of its
 * own presents its token, and a verifier checks it.
 */
export type FindApi = (
  request: Pick<EndpointRequest, 'method' | 'path' | 'headers'>,
) => string | readonly string[] | undefined | Promise<string | readonly string[] | undefined>

/** Resolves to the audiences of the API that makes a request, or to a refusal. */
export type AuthenticateApi = (request: EndpointRequest, form: Form) => Promise<readonly string[] | OAuthError>

const timeout = 5_000

const refused = (how: string, challenge: string): OAuthError =>
  new OAuthError('invalid_client', `An API authenticates here${how} before it learns anything.`, {
    headers: { 'WWW-Authenticate': challenge },
  })
const unknownSecret = refused(', with HTTP Basic,', 'Basic realm="jobpass", charset="UTF-8"')
/** A function may accept any scheme; this one is for tokens of workloads. */
const unknownCaller = refused('', 'Bearer realm="jobpass"')

/** Validates the option. Throws a `TypeError` that says what to write. */
export function readApiClients(
  option: readonly ApiClient[] | FindApi,
  { clock, config }: { readonly clock: Clock; readonly config: VerifierConfig },
): AuthenticateApi {
  if (typeof option !== 'function') return bySecret(option)
  return async (request) => {
    const { method, path } = request
    try {
      const found = await within(clock, timeout, async () =>
        option({ method, path, headers: (name) => request.headers(name) }),
      )
      return found === undefined ? unknownCaller : audiencesOf(found)
    } catch (cause) {
      config.outage('The API that introspects a token could not be authenticated within 5 s', cause)
      return unavailable('The caller cannot be authenticated right now.')
    }
  }
}

const audiencesOf = (audience: string | readonly string[]): readonly string[] =>
  typeof audience === 'string' ? [audience] : [...audience]

function bySecret(given: unknown): AuthenticateApi {
  if (!Array.isArray(given) || given.length === 0)
    throw new TypeError(
      `introspection is a list of APIs, each { id, secretDigest, audience }, or a function that finds the audience of a request, not ${formatType(given)}`,
    )
  const clients = new Map(Array.from(given as readonly unknown[], readClient))
  if (clients.size < given.length) throw new TypeError('Two APIs of introspection have one id')
  return async (request, form) => {
    for (const { id, secret } of credentialsOf(request, form)) {
      const client = clients.get(id)
      // Digests are compared, so the time that it takes says nothing about the secret.
      if (client?.digest === (await digestBytes(new TextEncoder().encode(secret)))) return client.audiences
    }
    return unknownSecret
  }
}

interface ReadClient {
  readonly digest: string
  readonly audiences: readonly string[]
}

const names = { id: true, secretDigest: true, audience: true } as const satisfies Record<keyof ApiClient, true>

function readClient(given: unknown, index: number): [id: string, client: ReadClient] {
  const what = `introspection[${index}]`
  const { id, secretDigest, audience } = readOptions<ApiClient>(what, given, names)
  if (typeof id !== 'string' || !/^[\x21-\x7E]{1,100}$/.test(id))
    throw new TypeError(`${what}: id is a name of 1 to 100 printable characters, not ${formatValue(id)}`)
  if (typeof secretDigest !== 'string' || !/^[\da-f]{64}$/i.test(secretDigest))
    throw new TypeError(
      `${what}: secretDigest is the SHA-256 of the secret, 64 hexadecimal digits, as sha256sum prints it`,
    )
  const audiences: readonly unknown[] = Array.isArray(audience) ? Array.from(audience as unknown[]) : [audience]
  if (audiences.length === 0 || !audiences.every((each) => typeof each === 'string' && each.trim() !== ''))
    throw new TypeError(`${what} needs the audience of the API, such as 'https://api.acme.dev'`)
  return [id, { digest: fromHexadecimal(secretDigest), audiences: audiences as readonly string[] }]
}

interface Credentials {
  readonly id: string
  readonly secret: string
}

/**
 * RFC 6749 §2.3.1: the credentials are in the Authorization header, or in the form, and never in
 * both. In the header, they are encoded as in a form, which curl and others leave out: so they are
 * read both ways.
 */
function credentialsOf(request: EndpointRequest, form: Form): readonly Credentials[] {
  const values = request.headers('authorization')
  const [id] = form.get('client_id') ?? []
  const [secret] = form.get('client_secret') ?? []
  if (values.length === 0) return id === undefined || secret === undefined ? [] : [{ id, secret }]
  const [, encoded = ''] = (values.length === 1 && /^basic +([\w+/]+=*)$/i.exec(values[0] as string)) || []
  if (encoded === '' || secret !== undefined) return []
  return [String, decoded].flatMap((read) => {
    try {
      const plain = new TextDecoder().decode(Uint8Array.from(atob(encoded), (each) => each.charCodeAt(0)))
      const [, name = '', password = ''] = /^([^:]*):(.*)$/s.exec(plain) ?? []
      return [{ id: read(name), secret: read(password) }]
    } catch {
      return []
    }
  })
}

const decoded = (text: string): string => decodeURIComponent(text.replaceAll('+', ' '))
