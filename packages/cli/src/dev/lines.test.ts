// The printed lines admit the usual job of every platform. They run as they are printed.

import { compileFunction } from 'node:vm'
import type { RouteRule, VerifierOptions } from '@jobpass/core'
import { createVerifier } from '@jobpass/core'
import type { AnyProvider } from '@jobpass/policy/built-in'
import { importNameOf, providerById, providers } from '@jobpass/policy/built-in'
import { describe, expect, test } from 'vitest'
import { jobsOf } from './jobs.ts'
import { appLines } from './lines.ts'

const url = 'http://127.0.0.1:4920'
const audience = 'https://api.example'

interface App {
  verifier?: ReturnType<typeof createVerifier>
  rule?: RouteRule
}

/** Runs lines for Express with a verifier instead of the adapter. */
function run(lines: string, scope: Readonly<Record<string, unknown>>, fetch: typeof globalThis.fetch): App {
  const app: App = {}
  const names = {
    ...scope,
    app: {
      use: (verifier: App['verifier']) => void Object.assign(app, { verifier }),
      get: (_: string, rule: RouteRule) => void Object.assign(app, { rule }),
    },
    workloadAuth: (options: VerifierOptions) => createVerifier({ ...options, fetch }),
    requireWorkload: (rule: RouteRule) => rule,
  }
  const code = lines.replace(/^import .*$/m, '')
  compileFunction(code, Object.keys(names))(...Object.values(names))
  return app
}

/** Platforms whose rules name a tenant that is read from the URL of the issuer. */
const withTenantInUrl = ['aws', 'bitbucket-pipelines']
const others = providers.filter(({ id }) => !withTenantInUrl.includes(id))

describe.each(others.map((provider) => [provider.id, provider] as const))('the lines for %s', (_, provider) => {
  test('admit its usual job, and refuse a token without a signature', async () => {
    const jobs = await jobsOf(provider, url, audience)
    const { token, claims } = await jobs.sign({})
    const lines = await appLines({ provider, url, audience, claims })
    const fetch = (input: string | URL | Request): Promise<Response> => jobs.document(String(input))
    const { verifier, rule } = run(lines, { [importNameOf(provider.id)]: provider }, fetch)
    const authorize = verifier?.guard(rule as RouteRule)
    await expect(authorize?.(`Bearer ${token}`)).resolves.toMatchObject({ provider: provider.id })
    await expect(authorize?.(`Bearer ${token.slice(0, token.lastIndexOf('.'))}.AAAA`)).rejects.toMatchObject({
      code: 'signature_invalid',
    })
  })
})

test.each(withTenantInUrl)('%s cannot be imitated, and the reason is named', async (id) => {
  const provider = providerById(id) as AnyProvider
  const jobs = await jobsOf(provider, url, audience)
  const { claims } = await jobs.sign({})
  await expect(appLines({ provider, url, audience, claims })).rejects.toThrow('which a local one cannot have')
})

test('a platform with one audience for all tokens refuses to sign for another', async () => {
  const jobs = await jobsOf(providerById('semaphore') as AnyProvider, url, audience)
  await expect(jobs.sign({ audience })).rejects.toThrow(`gives each token the audience '${url}' and no other`)
  await expect(jobs.sign({ audience: url })).resolves.toMatchObject({ claims: { aud: url } })
})
