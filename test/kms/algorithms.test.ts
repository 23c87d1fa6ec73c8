// Every algorithm that an application can name, for every kind of key and service. A key version of
// Google names its algorithm itself.

import { generateKeyPairSync } from 'node:crypto'
import type { IssuingKey } from '@jobpass/exchange'
import type { RsaOptions } from '@jobpass/kms'
import { awsKmsKey, azureKeyVaultKey, vaultTransitKey } from '@jobpass/kms'
import { afterAll, expect, test } from 'vitest'
import { arn, startAws } from './aws.ts'
import { keyId, startAzure } from './azure.ts'
import { makePair } from './key-pair.ts'
import { startVault } from './vault.ts'

const edPair = { algorithm: 'EdDSA', ...generateKeyPairSync('ed25519') } as const
const pairs = (['ES256', 'ES384', 'ES512', 'RS256'] as const).map(makePair)
const named = ['ES256', 'ES384', 'ES512', 'EdDSA', 'RS256', 'PS256', 'RS512', 'none', '__proto__', '', 256, null]

const closing: (() => void)[] = []
afterAll(() => closing.forEach((close) => close()))

type Open = (options: RsaOptions) => Promise<IssuingKey>

async function everyKey(): Promise<readonly (readonly [service: string, kind: string, open: Open])[]> {
  const keys: (readonly [string, string, Open])[] = []
  for (const pair of pairs) {
    const [aws, azure] = [await startAws(pair), startAzure(pair)]
    closing.push(aws.close, azure.close)
    keys.push(
      ['AWS KMS', pair.algorithm, (options) => awsKmsKey(aws.client, arn, options)],
      ['Azure Key Vault', pair.algorithm, (options) => azureKeyVaultKey(azure.client, keyId, options)],
    )
  }
  for (const pair of [...pairs, edPair]) {
    const { client, close } = await startVault([pair])
    closing.push(close)
    keys.push(['Vault', pair.algorithm, (options) => vaultTransitKey({ ...client, ...options })])
  }
  return keys
}

test.each(await everyKey())('%s and a key for %s: an algorithm is one of the key, or a TypeError', async (...row) => {
  const [, kind, open] = row
  expect((await open({})).algorithm).toBe(kind)
  for (const algorithm of named) {
    const opened = open({ algorithm: algorithm as 'RS256' })
    if (kind === 'RS256' && (algorithm === 'RS256' || algorithm === 'PS256'))
      expect((await opened).algorithm).toBe(algorithm)
    else {
      const advice =
        kind === 'RS256'
          ? / is an RSA key: algorithm must be 'RS256' or 'PS256'$/
          : new RegExp(` is no RSA key, and signs with ${kind}: leave out algorithm$`)
      await expect(opened).rejects.toThrow(TypeError)
      await expect(opened).rejects.toThrow(advice)
    }
  }
})
