/**
 * Azure Key Vault for the real SDK, in the place of its transport: get a key and sign, as strict as
 * their reference (https://learn.microsoft.com/rest/api/keyvault/keys/sign/sign).
 */

import { KeyClient } from '@azure/keyvault-keys'
import type { KeyClientOptions } from '@azure/keyvault-keys'
import { isDigest, joined, signDigest } from './key-pair.ts'
import type { Pair } from './key-pair.ts'

type HttpClient = NonNullable<KeyClientOptions['httpClient']>
type Response = Awaited<ReturnType<HttpClient['sendRequest']>>

export const vault = 'https://acme.vault.azure.net'
export const version = '78deebed173b48e48f55abf87ed4cf71'
export const keyId = `${vault}/keys/exchange/${version}`

/** Makes the client of a vault with one key. `status` is answered instead while it is set. */
export function startAzure(pair: Pair, hsm = false) {
  const state: { status?: number; hang?: true; calls: string[] } = { calls: [] }
  const jwk = pair.publicKey.export({ format: 'jwk' })
  const sendRequest: HttpClient['sendRequest'] = async (request) => {
    const url = new URL(request.url)
    const call = `${request.method} ${url.pathname}`
    state.calls.push(call)
    if (state.hang) return new Promise(() => {})
    const answer = (status: number, body: object, headers: Readonly<Record<string, string>> = {}): Response => {
      const made = request.headers
      return {
        request,
        status,
        headers: withHeaders(made, { 'content-type': 'application/json', ...headers }),
        bodyAsText: JSON.stringify(body),
      }
    }
    const fault = (status: number, code: string): Response => answer(status, { error: { code, message: code } })
    if (request.headers.get('authorization') !== 'Bearer hunter2-azure-token')
      return answer(
        401,
        {},
        {
          'www-authenticate': `Bearer authorization="https://login.microsoftonline.com/acme", resource="https://vault.azure.net"`,
        },
      )
    if (state.status !== undefined) return fault(state.status, 'Fault')
    if (url.origin !== vault || url.searchParams.get('api-version') === null) return fault(400, 'BadParameter')
    if (call === `GET /keys/exchange/${version}`)
      return answer(200, {
        key: { kid: keyId, ...jwk, kty: `${jwk.kty}${hsm ? '-HSM' : ''}`, key_ops: ['sign', 'verify'] },
        attributes: { enabled: true },
      })
    if (call !== `POST /keys/exchange/${version}/sign`) return fault(404, 'KeyNotFound')
    const { alg, value, ...others } = JSON.parse(String(request.body)) as Record<string, string>
    const digest = Buffer.from(value ?? '', 'base64url')
    if (alg !== pair.algorithm || Object.keys(others).length > 0 || !isDigest(pair.algorithm, digest))
      return fault(400, 'BadParameter')
    const signature = joined(pair.algorithm, signDigest(pair, digest))
    return answer(200, { kid: keyId, value: signature.toString('base64url') })
  }
  const credential = { getToken: async () => ({ token: 'hunter2-azure-token', expiresOnTimestamp: 4_102_444_800_000 }) }
  const client = new KeyClient(vault, credential, { httpClient: { sendRequest }, retryOptions: { maxRetries: 0 } })
  return { client, state, close: () => {} }
}

/** Headers of the SDK's own kind, which are made by no public class. */
function withHeaders(like: Response['headers'], values: Readonly<Record<string, string>>): Response['headers'] {
  const made = Object.create(Object.getPrototypeOf(like) as object, {
    _headersMap: { value: new Map<string, unknown>() },
  }) as Response['headers']
  for (const [name, value] of Object.entries(values)) made.set(name, value)
  return made
}
