// R16: numbers where text is expected, everywhere in a document: the message quotes what was
// written, or says that it is lost.

import { circleci, githubActions, gitlab, kubernetes } from '@jobpass/core'
import { describe, expect, test } from 'vitest'
import { loadPolicy, parsePolicy } from './load-policy.ts'
import { PolicyError } from './fault.ts'

const providers = [githubActions, gitlab, circleci, kubernetes] as const
const written = ['709e7420', '12345678901234567890', '7e21', '1.10'] as const
const github = { provider: 'github-actions', ownerId: '1' }

const places: readonly (readonly [string, string, (value: unknown) => object])[] = [
  ['the provider', 'provider', (provider) => ({ ...github, provider })],
  ['the issuer', 'issuer', (issuer) => ({ ...github, issuer })],
  ['one of several issuers', 'issuer[0]', (issuer) => ({ provider: 'circleci', ownerId: 'x', issuer: [issuer] })],
  ['the audience', 'settings.audience', (audience) => ({ ...github, settings: { audience } })],
  ['an audience', 'settings.audience[0]', (audience) => ({ ...github, settings: { audience: [audience] } })],
  ['an id', 'ownerId', (ownerId) => ({ ...github, ownerId })],
  ['an id in a list', 'ownerId[0]', (ownerId) => ({ ...github, ownerId: [ownerId] })],
  ['an id under not', 'repositoryId.not', (value) => ({ ...github, repositoryId: { not: value } })],
  ['the id that chooses the issuer', 'ownerId', (ownerId) => ({ provider: 'circleci', ownerId })],
  ['a claim', 'claims.run_id', (value) => ({ ...github, claims: { run_id: value } })],
]

function faultsOf(work: () => unknown): readonly string[] {
  try {
    work()
  } catch (error) {
    if (error instanceof PolicyError) return error.faults.map(({ path, message }) => `${path}: ${message}`)
    throw error
  }
  return []
}

describe.each(places)('R16: %s', (_, path, make) => {
  const place = `rules.deploy.${path}`

  test.each(written)('the message does not repeat %s if the document was parsed elsewhere', (text) => {
    const value = Number(text)
    const faults = faultsOf(() => loadPolicy({ rules: { deploy: make(value) } }, { providers }))
    const fault = faults.find((each) => each.startsWith(place))
    expect(fault).toContain('quote it where it is written: as a number it has lost its digits')
    expect(fault).not.toContain(String(value))
  })

  test.each(written)('the message quotes %s as written if the document is text', (text) => {
    const rule = JSON.stringify(make('@@')).replace('"@@"', text)
    const faults = faultsOf(() => parsePolicy(`{ "rules": { "deploy": ${rule} } }`, { providers }))
    const fault = faults.find((each) => each.startsWith(place))
    expect(fault).toContain(`quote it, "${text}"`)
  })
})
