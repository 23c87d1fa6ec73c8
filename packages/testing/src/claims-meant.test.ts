import { circleci, createVerifier, depotCi, githubActions, gitlab } from '@jobpass/core'
import type { AnyWorkload } from '@jobpass/core'
import { describe, expect, test } from 'vitest'
import { createTestIssuer } from './issuer.ts'
import type { MintableProvider } from './test-issuer.ts'

const aud = 'https://api.acme.dev'
const organization = '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22'
const [github, lab, circle] = await Promise.all([
  createTestIssuer(githubActions),
  createTestIssuer(gitlab),
  createTestIssuer(circleci),
])

const rules = {
  github: githubActions({ ownerId: '1234567' }),
  lab: gitlab({ ownerId: '99' }),
  circle: circleci({ ownerId: organization }),
}

const read = async (by: keyof typeof rules, claims: object): Promise<AnyWorkload> => {
  const issuer = { github, lab, circle }[by]
  const verifier = createVerifier({ audience: aud, trust: [rules[by]], fetch: issuer.fetch })
  return verifier.verify(await issuer.mint({ aud, ...claims }))
}

describe('mint() with fields of the identity', () => {
  test.each<[keyof typeof rules, object, object]>([
    ['github', { branch: 'dev' }, { branch: 'dev', ref: 'refs/heads/dev', tag: undefined }],
    ['github', { tag: 'v2.0.0' }, { tag: 'v2.0.0', branch: undefined }],
    ['github', { repositoryId: '7', commit: 'c0ffee' }, { repositoryId: '7', commit: 'c0ffee' }],
    ['github', { event: 'schedule', environment: 'staging' }, { event: 'schedule', environment: 'staging' }],
    ['lab', { branch: 'dev' }, { branch: 'dev', ref: 'refs/heads/dev' }],
    ['lab', { tag: 'v2.0.0' }, { tag: 'v2.0.0', ref: 'refs/tags/v2.0.0' }],
    ['circle', { branch: 'dev' }, { branch: 'dev', ref: 'refs/heads/dev' }],
    [
      'circle',
      { projectId: '71c2d3e4-f506-4718-a29b-3c4d5e6f7081' },
      { projectId: '71c2d3e4-f506-4718-a29b-3c4d5e6f7081' },
    ],
  ])('%s means %j', async (by, claims, fields) => {
    const workload = await read(by, claims)
    for (const [name, value] of Object.entries(fields)) expect(Reflect.get(workload, name), name).toEqual(value)
  })

  test('a claim that no table lists is minted as it is', async () => {
    const claims = await read('github', { a_claim_of_next_year: 'x', constructor: 'y' })
    expect(claims.claims).toMatchObject({ a_claim_of_next_year: 'x', constructor: 'y' })
  })

  test.each<[string, MintableProvider, Readonly<Record<string, unknown>>, string]>([
    ['a misspelt claim', githubActions, { repositry: 'a/b' }, "have no 'repositry'; did you mean 'repository'?"],
    ['a misspelt field', githubActions, { brnch: 'dev' }, "have no 'brnch'; did you mean 'branch'?"],
    [
      'a computed field',
      githubActions,
      { runUrl: 'x' },
      "'runUrl' follows from several claims of GitHub Actions: write those",
    ],
    [
      'a branch that is not text',
      depotCi,
      { branch: 7 },
      "'branch' follows from several claims of Depot CI: write those",
    ],
  ])('mint() of %s is a TypeError', async (_, provider, claims, message) => {
    const issuer = await createTestIssuer(provider)
    await expect(issuer.mint(claims)).rejects.toThrow(TypeError)
    await expect(issuer.mint(claims)).rejects.toThrow(message)
  })

  test('unknown options are TypeErrors', async () => {
    await expect(github.mint({}, { triger: 'push' } as never)).rejects.toThrow("did you mean 'trigger'?")
    await expect(createTestIssuer(githubActions, { isuer: 'x' } as never)).rejects.toThrow("did you mean 'issuer'?")
  })
})
