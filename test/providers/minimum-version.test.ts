// S11: a self-hosted server may run a version whose tokens can be forged. Each table states the
// version, or the list here says why not; the notes on a suggestion, lint and the page show it.

import type { MinimumVersion } from '@jobpass/core/internal'
import { readFileSync } from 'node:fs'
import { createVerifier, suggestionNotes } from '@jobpass/core'
import { lintRules } from '@jobpass/policy'
import { createTestIssuer } from '@jobpass/testing'
import { describe, expect, test } from 'vitest'
import type { Fixture } from '../../packages/testing/src/fixtures/fixture.ts'
import type { Preset } from './presets.ts'
import { presets } from './presets.ts'

/** For platforms that customers can host: the result of the research. */
const noneKnown: Readonly<Record<string, string>> = {
  concourse: 'Tokens exist since 7.14.0, and no advisory on them was found.',
  'forgejo-actions': 'Tokens exist since 15.0, and no advisory on them was found.',
  'github-actions':
    'Enterprise Server documents from 3.19 that a colon in a subject is escaped; rules take whole subjects only, so that nothing is gained by one.',
  'hcp-terraform': 'No advisory on tokens of Terraform Enterprise was found.',
  kubernetes: 'No advisory on forged service-account tokens was found.',
  'octopus-deploy': 'No advisory on its identity tokens was found.',
  semaphore: 'No advisory on tokens of the community edition was found.',
  spacelift: 'No advisory on tokens of the self-hosted edition was found.',
  codefresh: 'No advisory on tokens of on-premises installations was found.',
  harness: 'No advisory on tokens of the self-managed edition was found.',
  circleci: 'No advisory on tokens of the server edition was found.',
  teamcity: 'No advisory on the plugin for tokens was found.',
}

/** Platforms hosted only by their vendor, which always run the newest version. */
const runByVendor: ReadonlySet<string> = new Set([
  'aws',
  'azure-devops',
  'bitbucket-pipelines',
  'buildkite',
  'cursor-agents',
  'deno-deploy',
  'depot-ci',
  'fly-io',
  'google-cloud',
  'microsoft-entra',
  'modal-functions',
  'pulumi-deployments',
  'pulumi-esc',
  'render-services',
  'rwx',
  'vercel',
])

type Rule = Fixture['rule']

const versionsOf = ({ provider }: Preset): readonly MinimumVersion[] => [provider.table.minimumVersion ?? []].flat()
const needing = presets.filter((preset) => versionsOf(preset).length > 0)

test('S11: a table states the minimum version of a server, or the list above says why not', () => {
  const stated = needing.map(({ provider }) => provider.id)
  const answered = [...stated, ...Object.keys(noneKnown), ...runByVendor]
  expect(answered.toSorted()).toEqual(presets.map(({ provider }) => provider.id).toSorted())
})

test('S11: a platform that only customers host is not listed as hosted by its vendor', () => {
  const selfHosted = presets.filter(({ provider }) => provider.issuer === undefined)
  expect(selfHosted.map(({ provider }) => provider.id).filter((id) => runByVendor.has(id))).toEqual([])
})

test('S11: the tables state the known vulnerabilities of Jenkins and GitLab', () => {
  const stated = Object.fromEntries(needing.map((preset) => [preset.provider.id, versionsOf(preset)[0]?.version]))
  expect(stated).toMatchObject({
    // https://www.jenkins.io/security/advisory/2025-05-14/: 96.vee8ed882ec4d and earlier are affected; this is the next release.
    jenkins: 'OpenID Connect Provider plugin 111.v29fd614b_3617',
    // CVE-2025-5819: "Upgrade to versions 18.0.6, 18.1.4, 18.2.2 or above."
    gitlab: 'GitLab 18.2.2, 18.1.4 or 18.0.6',
  })
})

async function notesOn(bound: Preset['bound'], { conditions, settings }: Rule): Promise<readonly string[]> {
  const issuer = await createTestIssuer(bound)
  const trust = bound(conditions, settings)
  const verifier = createVerifier({ audience: 'https://api.acme.dev', trust, fetch: issuer.fetch })
  const workload = await verifier.verify(await issuer.mint({ aud: 'https://api.acme.dev' }))
  return suggestionNotes(workload)
}

/** The findings of lint for two rules for one server. */
function adviceOn(bound: Preset['bound'], { conditions, settings }: Rule): readonly string[] {
  return lintRules({ trust: [bound(conditions, settings), bound(conditions, settings)] })
    .filter(({ id }) => id === 'L044')
    .map(({ fix }) => fix)
}

describe.each(needing)('S11: $provider.title', (preset) => {
  const { provider, fixture } = preset
  const texts = versionsOf(preset).map(
    ({ version, reason, advisory }) =>
      `Needs ${version}. Below that, a token proves less than it says: ${reason} See ${advisory}`,
  )
  const own = provider.at('https://ci.acme.dev/own')

  test('S11: the notes of a suggested rule name the minimum version of its server', async () => {
    expect(await notesOn(own, fixture.rule)).toEqual(texts)
  })

  test('S11: lint names the version once for each server', () => {
    expect(adviceOn(own, fixture.rule)).toEqual(texts)
  })

  test('S11: the page shows the version', () => {
    const page = readFileSync(new URL(`../../docs/providers/${provider.id}.md`, import.meta.url), 'utf8')
    for (const text of texts) expect(page.replaceAll('\\_', '_')).toContain(text)
  })
})

test.each(needing.filter(({ provider }) => provider.issuer !== undefined))(
  'S11: no version is mentioned for the issuer hosted by the vendor of $provider.title',
  async ({ bound, fixture }) => {
    expect(await notesOn(bound, fixture.rule)).toEqual([])
    expect(adviceOn(bound, fixture.rule)).toEqual([])
  },
)
