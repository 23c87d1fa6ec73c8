// R7: the OIDC provider plugin of Jenkins percent-encodes the names of folders in their issuers.

import { expect, test } from 'vitest'
import { clockAt, codeOf, now, publicJwk, signToken } from '@jobpass/testing/internal'
import { createVerifier } from '../request/verifier.ts'
import { jenkins } from '../index.ts'

const subject = 'https://jenkins.tidewater.example/job/My%20Team/job/web/'

test.each([
  'https://jenkins.tidewater.example/oidc/job/My%20Team',
  'https://jenkins.tidewater.example/oidc/job/R%26D/job/web',
  'https://Jenkins.tidewater.example/oidc',
  'https://jenkins.tidewater.example:443/oidc',
])(
  'R7: a Jenkins token of %s is admitted, with discovery at its issuer, and no other spelling passes',
  async (issuer) => {
    const asked: string[] = []
    const verifier = createVerifier({
      audience: 'https://api.acme.dev',
      trust: jenkins.at(issuer)({ subject }),
      clock: clockAt(now),
      fetch: async (input) => {
        asked.push(String(input))
        return Response.json(
          String(input).endsWith('jwks')
            ? { keys: [publicJwk] }
            : { issuer, jwks_uri: 'https://jenkins.tidewater.example/oidc/jwks' },
        )
      },
    })
    const claims = { aud: 'https://api.acme.dev', sub: subject, iat: now, exp: now + 600, build_number: 87 }
    expect(await codeOf(verifier.verify(signToken({ iss: issuer, ...claims })))).toBe('allowed')
    expect(asked[0]).toBe(`${issuer}/.well-known/openid-configuration`)
    const other = issuer.includes('%') ? decodeURIComponent(issuer) : new URL(issuer).href
    expect(await codeOf(verifier.verify(signToken({ iss: other, ...claims })))).toBe('issuer_untrusted')
  },
)
