import { describe, expect, test } from 'vitest'
import { claimsWith, githubPush, gitlabPush } from '@jobpass/testing/internal'
import { githubActions, gitlab } from '../index.ts'
import { compileConfig } from '../config/verifier-config.ts'
import type { UnverifiedClaims } from '../model/token.ts'
import { hintOnIssuer } from './issuer-hint.ts'

const { issuers } = compileConfig({
  audience: 'https://api.acme.dev',
  trust: [githubActions({ ownerId: '1234567' }), gitlab({ ownerId: '99' })],
})

describe('the hint on an issuer that is not trusted', () => {
  const older =
    'The issuer is not a URL, as in tokens of an older kind: the job must request an OpenID Connect ID token.'

  test.each<[string, object, string | undefined]>([
    ['https://gitlab.com/', gitlabPush, 'The issuer differs from a trusted one by a slash at the end only.'],
    ['http://gitlab.com', gitlabPush, 'The issuer is a trusted one with http: in place of https:.'],
    ['HTTPS://GitLab.com:443', gitlabPush, 'The issuer is a trusted one in another spelling: it is compared as text.'],
    [
      'https://token.actions.githubusercontent.com/acme',
      githubPush,
      'The issuer lies below a trusted one, as that of an enterprise does: if you trust it, make its rule by .at(issuer).',
    ],
    [
      'https://gitlab.acme.dev',
      gitlabPush,
      'The claims are those of GitLab CI: if this is your server, make its rule by .at(issuer).',
    ],
    // GitLab's CI_JOB_JWT, which GitLab 17.0 removed, named only the host.
    ['gitlab.com', gitlabPush, older],
    ['gitlab.acme.dev', gitlabPush, older],
    ['', {}, older],
    ['https://accounts.google.com', {}, undefined],
  ])('says of %j what is wrong', (iss, claims, hint) => {
    expect(hintOnIssuer(claimsWith(claims as never, { iss }) as unknown as UnverifiedClaims, issuers)).toBe(hint)
  })
})
