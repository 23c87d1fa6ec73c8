/**
 * AWS KMS on this machine, for the real SDK: GetPublicKey and Sign, as strict as their reference
 * (https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html).
 */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { KMS } from '@aws-sdk/client-kms'
import { isDigest, signDigest } from './key-pair.ts'
import type { Pair } from './key-pair.ts'

const specs = {
  ES256: 'ECC_NIST_P256',
  ES384: 'ECC_NIST_P384',
  ES512: 'ECC_NIST_P521',
  RS256: 'RSA_2048',
  PS256: 'RSA_2048',
}
const signing = {
  ES256: 'ECDSA_SHA_256',
  ES384: 'ECDSA_SHA_384',
  ES512: 'ECDSA_SHA_512',
  RS256: 'RSASSA_PKCS1_V1_5_SHA_256',
  PS256: 'RSASSA_PSS_SHA_256',
}
export const arn = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'

type Body = Readonly<Record<string, unknown>>

class Fault extends Error {
  readonly status: number
  readonly type: string

  constructor(type: string, status = 400) {
    super(type)
    this.type = type
    this.status = status
  }
}

/** Starts it with one key, and makes its client. `fault` is answered instead while it is set. */
export async function startAws(pair: Pair, changes: Body = {}) {
  const state: { fault?: { type: string; status: number }; hang?: true; calls: string[] } = { calls: [] }
  const operations: Readonly<Record<string, (body: Body) => Body>> = {
    'TrentService.GetPublicKey': (body) => {
      known(body, ['KeyId'])
      return {
        KeyId: arn,
        PublicKey: pair.publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
        KeySpec: specs[pair.algorithm],
        KeyUsage: 'SIGN_VERIFY',
        SigningAlgorithms: [signing[pair.algorithm]],
        ...changes,
      }
    },
    'TrentService.Sign': (body) => {
      known(body, ['KeyId', 'Message', 'MessageType', 'SigningAlgorithm'])
      const message = Buffer.from(String(body['Message']), 'base64')
      if (body['SigningAlgorithm'] !== signing[pair.algorithm]) throw new Fault('InvalidKeyUsageException')
      if (body['MessageType'] !== 'DIGEST' || !isDigest(pair.algorithm, message)) throw new Fault('ValidationException')
      return {
        KeyId: arn,
        Signature: signDigest(pair, message).toString('base64'),
        SigningAlgorithm: body['SigningAlgorithm'],
      }
    },
  }
  const known = (body: Body, members: readonly string[]): void => {
    if (Object.keys(body).toSorted().join() !== members.toSorted().join()) throw new Fault('ValidationException')
    if (body['KeyId'] !== arn) throw new Fault('NotFoundException')
  }
  const server = createServer((req, res) => {
    const chunks: Buffer[] = []
    req.on('data', (chunk: Buffer) => chunks.push(chunk))
    req.on('end', () => {
      const target = String(req.headers['x-amz-target'])
      state.calls.push(target)
      if (state.hang) return
      try {
        if (state.fault !== undefined) throw new Fault(state.fault.type, state.fault.status)
        if (!String(req.headers.authorization).startsWith('AWS4-HMAC-SHA256 Credential=AKIATEST/'))
          throw new Fault('MissingAuthenticationToken')
        if (req.headers['content-type'] !== 'application/x-amz-json-1.1') throw new Fault('UnknownOperationException')
        const operation = operations[target]
        if (operation === undefined) throw new Fault('UnknownOperationException')
        res.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' })
        res.end(JSON.stringify(operation(JSON.parse(Buffer.concat(chunks).toString()) as Body)))
      } catch (error) {
        const { type, status } = error instanceof Fault ? error : new Fault('KMSInternalException', 500)
        res.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' })
        res.end(JSON.stringify({ __type: type, message: `${type} of ${arn}` }))
      }
    })
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const client = new KMS({
    region: 'eu-central-1',
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'hunter2-aws-secret' },
    maxAttempts: 1,
  })
  const close = (): void => {
    client.destroy()
    server.closeAllConnections()
    server.close()
  }
  return { client, state, close }
}
