/** The apps that conformance cases call. */

import type { VerifierOptions } from '@jobpass/core'
import {
  absent,
  allOf,
  anyEvent,
  circleci,
  githubActions,
  gitlab,
  glob,
  not,
  present,
  reportOnly,
  semver,
} from '@jobpass/core'
import type { ConformanceSetup } from './app.ts'
import type { World } from './world.ts'
import { audience, enterpriseServer, organization } from './world.ts'

const github = githubActions({ ownerId: '1234567' })
const all = [github, gitlab({ ownerId: '99' }), circleci({ ownerId: organization })] as const
const main = githubActions({ repository: 'acme/shop', branch: 'main' })
const shop = { repositoryId: '74205118' } as const
const base = ({ fetch, clock }: World): Pick<VerifierOptions, 'audience' | 'fetch' | 'clock' | 'onWarning'> => ({
  audience,
  fetch,
  clock,
  onWarning: () => {},
})
const one = (options: (world: World) => VerifierOptions, routes: ConformanceSetup['routes']) => (world: World) => ({
  auth: [options(world)],
  routes: { 'GET /whoami': [], ...routes },
})
const unavailable = (): never => {
  throw new Error('the database is down')
}

/** Name of a setup. */
export type SetupName =
  | 'trusting'
  | 'anyEvent'
  | 'denying'
  | 'optional'
  | 'silent'
  | 'telling'
  | 'throwing'
  | 'renamed'
  | 'limited'
  | 'ownAudience'
  | 'enterprise'
  | 'resolving'
  | 'lookup'
  | 'strict'
  | 'offline'
  | 'twice'
  | 'recovering'
  | 'unverified'

/** The setups, by name. */
export const setups: Readonly<Record<SetupName, (world: World) => ConformanceSetup>> = {
  trusting: one((world) => ({ ...base(world), trust: all }), {
    'POST /deploy': [[main]],
    'POST /by-id': [[githubActions({ ...shop, ref: 'refs/heads/main' })]],
    'POST /release': [[githubActions({ ...shop, branch: glob('release/*') })]],
    'POST /tag': [[githubActions({ ...shop, tag: glob('v*') })]],
    'POST /queue': [[githubActions({ ...shop, mergeQueue: 'main' })]],
    'POST /list': [[githubActions({ ...shop, branch: ['main', 'next'] })]],
    'POST /mixed': [[githubActions({ ...shop, branch: ['main', glob('release/*')] })]],
    'POST /all-of': [[githubActions({ ...shop, branch: allOf(glob('release/*'), not('release/next')) })]],
    'POST /semver': [[githubActions({ ...shop, tag: semver() })]],
    'POST /file': [[githubActions({ ...shop, workflowFile: '.github/workflows/release.yml' })]],
    'POST /not': [[githubActions({ ...shop, environment: not('preview') })]],
    'POST /present': [[githubActions({ ...shop, environment: present() })]],
    'POST /absent': [[githubActions({ ...shop, environment: absent() })]],
    'POST /environment': [[githubActions({ ...shop, branch: 'main', environment: 'production' })]],
    'POST /workflow': [[githubActions({ ...shop, workflow: 'acme/shop/.github/workflows/ci.yml@refs/heads/main' })]],
    'POST /claims': [
      [githubActions({ ...shop, claims: { repo_property_tier: 'gold', runner_environment: 'github-hosted' } })],
    ],
    'POST /own': [[githubActions({ owner: 'acme', repository: glob('acme/*') })]],
    'POST /where': [[githubActions({ ...shop, where: ({ runAttempt }) => runAttempt === '1' })]],
    'POST /where-throws': [[githubActions({ ...shop, where: unavailable })]],
    'POST /where-promise': [[githubActions({ ...shop, where: (async () => true) as never })]],
    'POST /either': [[main, gitlab({ repository: 'acme/shop', branch: 'main' })]],
    'POST /both': [[main], [githubActions({ ...shop, refProtected: true })]],
    'POST /gitlab': [[gitlab({ repository: 'acme/shop', branch: 'main' })]],
    'POST /gitlab-tag': [[gitlab({ repositoryId: '48120077', tag: 'v3.1.0' })]],
    'POST /gitlab-production': [
      [gitlab({ repositoryId: '48120077', environment: 'production', environmentProtected: true })],
    ],
    'POST /gitlab-runner': [[gitlab({ repositoryId: '48120077', claims: { runner_id: 12_270_852 } })]],
    'POST /circleci': [[circleci({ ownerId: organization, repository: 'github.com/acme/shop', branch: 'main' })]],
    'POST /circleci-context': [
      [circleci({ ownerId: organization, contextIds: 'b7a9f0d4-77c0-4b6f-8d0e-5a1b2c3d4e5f' })],
    ],
    'POST /circleci-ssh': [[circleci({ ownerId: organization, sshRerun: true })]],
    'POST /fresh': [[githubActions(shop, { maxTokenAge: 60 })]],
  }),
  anyEvent: one((world) => ({ ...base(world), trust: githubActions({ ownerId: '1234567', event: anyEvent() }) }), {
    'POST /deploy': [[main]],
    'POST /report': [[reportOnly(main)]],
    'POST /report-fresh': [
      [reportOnly(githubActions({ repository: 'acme/shop', branch: 'main' }, { maxTokenAge: 60 }))],
    ],
    'POST /report-event': [
      [reportOnly(githubActions({ repository: 'acme/shop', event: 'pull_request', branch: 'main' }))],
    ],
    'POST /candidate': [[githubActions({ ...shop, branch: ['main', 'dev'] }), reportOnly(main)]],
    'POST /candidate-wider': [[main, reportOnly(githubActions(shop))]],
    'POST /label': [[githubActions({ repository: 'acme/shop', event: 'pull_request_target' })]],
    'POST /events': [[githubActions({ repository: 'acme/shop', event: ['pull_request', 'push'] })]],
  }),
  denying: one(
    (world) => ({
      ...base(world),
      trust: githubActions({ ownerId: '1234567', event: anyEvent() }),
      deny: [
        githubActions.deny({ repositoryId: '666' }),
        githubActions.deny({ event: 'pull_request_target' }),
        githubActions.deny({ runId: '13', where: unavailable }),
      ],
    }),
    { 'POST /deploy': [[main]] },
  ),
  optional: one((world) => ({ ...base(world), trust: all, optional: true }), { 'POST /deploy': [[main]] }),
  silent: one((world) => ({ ...base(world), trust: github, explain: 'none' }), { 'POST /deploy': [[main]] }),
  telling: one((world) => ({ ...base(world), trust: github, explain: 'full' }), { 'POST /deploy': [[main]] }),
  throwing: one((world) => ({ ...base(world), trust: github, errors: 'throw' }), { 'POST /deploy': [[main]] }),
  renamed: one((world) => ({ ...base(world), trust: github, header: 'X-CI-Token', realm: 'acme deploy' }), {}),
  limited: one((world) => ({ ...base(world), trust: github, maxTokenAge: 120, clockTolerance: 0 }), {}),
  ownAudience: one(
    (world) => ({
      ...base(world),
      trust: [
        github,
        gitlab(
          { ownerId: '99' },
          { audience: 'https://gitlab-only.acme.dev', multipleAudiences: true, maxLifetime: 7200 },
        ),
      ],
    }),
    {},
  ),
  enterprise: one(
    (world) => ({
      ...base(world),
      trust: [github, githubActions.at(enterpriseServer)({ ownerId: '1234567' })],
    }),
    { 'POST /deploy': [[main]] },
  ),
  resolving: one((world) => ({ ...base(world), trust: [github, gitlab({ ownerId: '99' })] }), {
    'POST /found': [[() => main]],
    'POST /found-later': [[async () => [main]]],
    'POST /nothing': [[() => undefined]],
    'POST /empty': [[() => []]],
    'POST /throws': [[unavailable]],
    'POST /rejects': [[async () => unavailable()]],
    'POST /hangs': [[() => new Promise(() => {})]],
    'POST /no-rule': [[() => ({ repository: 'acme/shop' })]],
    'POST /not-called': [[() => githubActions]],
    'POST /any-event': [[() => githubActions({ ownerId: '1234567', event: anyEvent() })]],
  }),
  lookup: one(
    (world) => ({
      ...base(world),
      trust: githubActions.lookup(({ repositoryId }) => {
        if (repositoryId === '500') throw new Error('the database is down')
        return repositoryId === '74205118' ? [githubActions({ repositoryId: '74205118', branch: 'main' })] : undefined
      }),
    }),
    {},
  ),
  strict: one((world) => ({ ...base(world), trust: github, strict: true }), {
    'POST /deploy': [[main]],
    'POST /by-id': [[githubActions(shop)]],
  }),
  offline: one(
    (world) => ({
      ...base(world),
      trust: github,
      fetch: async () => {
        throw new TypeError('fetch failed')
      },
    }),
    { 'POST /deploy': [[main]] },
  ),
  twice: (world: World): ConformanceSetup => ({
    auth: [
      { ...base(world), trust: github },
      { ...base(world), trust: githubActions({ repository: 'acme/shop' }), realm: 'inner' },
    ],
    routes: { 'GET /whoami': [] },
  }),
  recovering: (world): ConformanceSetup => ({
    auth: [{ ...base(world), trust: github, errors: 'throw' }],
    recovers: true,
    routes: { 'GET /whoami': [], 'POST /deploy': [[main]] },
  }),
  unverified: (): ConformanceSetup => ({ auth: [], routes: { 'POST /deploy': [[main]] } }),
}
