/**
 * The transit engine of Vault on this machine: read a key and sign, as strict as its reference
 * (https://developer.hashicorp.com/vault/api-docs/secret/transit).
 */

import { sign } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import { isDigest, joined, signDigest } from './key-pair.ts'
import type { Pair } from './key-pair.ts'

type EdPair = Omit<Pair, 'algorithm'> & { readonly algorithm: 'EdDSA' }
type Body = Readonly<Record<string, unknown>>

const types = {
  ES256: 'ecdsa-p256',
  ES384: 'ecdsa-p384',
  ES512: 'ecdsa-p521',
  RS256: 'rsa-2048',
  PS256: 'rsa-2048',
  EdDSA: 'ed25519',
}
const hashes: Readonly<Record<string, string>> = { ES384: 'sha2-384', ES512: 'sha2-512' }
export const vaultToken = 'hvs.hunter2-vault-token'

/** Starts it with a key of several versions, of which the last one is the latest. */
export async function startVault(pairs: readonly (Pair | EdPair)[]) {
  const state: { status?: number; hang?: true; redirect?: string; calls: string[] } = { calls: [] }
  const publicKey = ({ algorithm, publicKey: key }: Pair | EdPair): string =>
    algorithm === 'EdDSA'
      ? Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url').toString('base64')
      : key.export({ type: 'spki', format: 'pem' }).toString()
  const signed = (body: Body): string | undefined => {
    const { input, key_version: version, marshaling_algorithm: marshaling, ...others } = body
    const pair = pairs[(typeof version === 'number' && version > 0 ? version : pairs.length) - 1]
    if (pair === undefined || marshaling !== 'jws') return undefined
    const bytes = Buffer.from(String(input), 'base64')
    const expected = {
      ...(pair.algorithm !== 'EdDSA' && { hash_algorithm: hashes[pair.algorithm] ?? 'sha2-256', prehashed: true }),
      ...(pair.algorithm === 'PS256' && { signature_algorithm: 'pss', salt_length: 'hash' }),
      ...(pair.algorithm === 'RS256' && { signature_algorithm: 'pkcs1v15' }),
    }
    if (!isDeepStrictEqual(others, expected)) return undefined
    if (pair.algorithm !== 'EdDSA' && !isDigest(pair.algorithm, bytes)) return undefined
    const signature =
      pair.algorithm === 'EdDSA' ? sign(null, bytes, pair.privateKey) : joined(pair.algorithm, signDigest(pair, bytes))
    return `vault:v${String(version)}:${signature.toString('base64url')}`
  }
  const server = createServer((req, res) => {
    const chunks: Buffer[] = []
    req.on('data', (chunk: Buffer) => chunks.push(chunk))
    req.on('end', () => {
      const call = `${req.method} ${req.url}`
      state.calls.push(call)
      if (state.hang) return
      const answer = (status: number, body: object, headers: Readonly<Record<string, string>> = {}): void => {
        res.writeHead(status, { 'content-type': 'application/json', ...headers })
        res.end(JSON.stringify(body))
      }
      if (state.redirect !== undefined) return answer(307, {}, { location: `${state.redirect}${req.url}` })
      if (state.status !== undefined) return answer(state.status, { errors: ['fault'] })
      if (req.headers['x-vault-token'] !== vaultToken || req.headers['x-vault-request'] !== 'true')
        return answer(403, { errors: ['permission denied'] })
      if (call === 'GET /v1/transit/keys/exchange') {
        const { algorithm = 'ES256' } = pairs[0] ?? {}
        const versions = pairs.map((pair, index) => [String(index + 1), { public_key: publicKey(pair), name: 'k' }])
        return answer(200, { data: { type: types[algorithm], keys: Object.fromEntries(versions) as object } })
      }
      if (call !== 'POST /v1/transit/sign/exchange') return answer(404, { errors: [] })
      const signature = signed(JSON.parse(Buffer.concat(chunks).toString()) as Body)
      if (signature === undefined) return answer(400, { errors: ['invalid request'] })
      answer(200, { data: { signature } })
    })
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = (): void => {
    server.closeAllConnections()
    server.close()
  }
  return { client: { address, token: vaultToken, key: 'exchange', version: 1 }, state, close }
}
