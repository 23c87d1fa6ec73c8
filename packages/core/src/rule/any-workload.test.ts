// S13: a self-hosted server signs for each of its pods and jobs. A rule must say whose it means, or
// that it means any.

import { expect, test } from 'vitest'
import { createVerifier } from '../request/verifier.ts'
import { githubActions, jenkins, kubernetes, octopusDeploy, spiffe, teamcity } from '../index.ts'
import { compiledRule } from './make-rule.ts'
import { parseRule } from '../provider/parse-rule.ts'

const providers = [kubernetes, jenkins, teamcity, octopusDeploy, spiffe]
const issuer = 'https://ci.acme.dev'

test.each(providers)('S13: $title takes no rule without a pin, except with anyWorkload', (provider) => {
  const at = provider.at(issuer) as unknown as (conditions: object, settings?: object) => { toJSON(): unknown }
  expect(() => at({})).toThrow(TypeError)
  expect(() => at({})).toThrow('must pin whose jobs it means')
  expect(() => at({})).toThrow('or the setting { anyWorkload: true }, which admits any workload of the server')
  const rule = at({}, { anyWorkload: true })
  expect(rule.toJSON()).toEqual({ provider: provider.id, issuer, settings: { anyWorkload: true } })
  expect(parseRule(rule.toJSON(), [provider]).toJSON()).toEqual(rule.toJSON())
  expect(compiledRule(rule)).toMatchObject({ pinnedById: false, settings: { anyWorkload: true } })
  const strict = { audience: 'https://api.acme.dev', trust: rule as never, strict: true } as const
  expect(() => createVerifier(strict)).toThrow('strict: a rule for')
})

test('S13: anyWorkload is refused with a pin and on a shared issuer, and must be true', () => {
  const cluster = kubernetes.at(issuer)
  expect(() => cluster({ namespace: 'ci' }, { anyWorkload: true })).toThrow('pins its workloads already')
  expect(() => githubActions({}, { anyWorkload: true })).toThrow('is for an issuer that others share')
  expect(() => cluster({}, { anyWorkload: false as unknown as true })).toThrow('anyWorkload is true, or left out')
})

test('S13: a path of SPIFFE pins by an exact value, not by a pattern', () => {
  const mesh = spiffe.at(issuer)
  const trustDomain = 'mesh.acme.dev'
  expect(() => mesh({ trustDomain, path: ['/ns/ci/sa/a', '/ns/ci/sa/b'] })).not.toThrow()
  expect(() => mesh({ trustDomain, path: { glob: '/ns/ci/*' } })).toThrow('must pin')
  expect(() => mesh({ trustDomain })).toThrow('must pin')
})
