/** Tokens of jobs for comparisons: real ones, and such as an attacker or a mistake would make. */

import type { AnyWorkload, TrustRule } from '@jobpass/core'
import { anyEvent, circleci, createVerifier, githubActions, gitlab, not } from '@jobpass/core'
import type { MintableProvider } from '@jobpass/testing'
import { createTestIssuer } from '@jobpass/testing'
import type { Claims, Job } from './never-wider.ts'

/** The organization of CircleCI in the tests. */
export const organization = '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22'

interface Platform {
  readonly provider: MintableProvider
  /** Rules that accept every valid token of the tests, so that the imported rules decide. */
  readonly trust: readonly TrustRule<AnyWorkload>[]
  /** The claims that are mutated. */
  readonly claims: readonly string[]
  /** Claims that are names, which platforms compare without letter case. */
  readonly names: readonly string[]
  /** Claims that may be empty. */
  readonly texts: readonly string[]
  /** Claims of somebody else's job. */
  readonly stranger: Claims
}

const circle = (name: string): string => `oidc.circleci.com/${name}`
const githubIds = ['1234567', '48213377', '999']
const githubRepositories = ['74205118', '905512384', '611204957', '31337']

const platforms = {
  github: {
    provider: githubActions,
    trust: [
      githubActions({ ownerId: githubIds, event: anyEvent() }),
      githubActions({ repositoryId: githubRepositories, event: anyEvent() }),
    ],
    claims: [
      'aud',
      'sub',
      'repository',
      'repository_id',
      'repository_owner',
      'repository_owner_id',
      'ref',
      'ref_type',
      'ref_protected',
      'event_name',
      'environment',
      'job_workflow_ref',
      'enterprise_id',
      'runner_environment',
      'actor',
      'head_ref',
    ],
    names: ['repository', 'repository_owner', 'environment', 'actor'],
    texts: ['aud', 'sub', 'ref', 'job_workflow_ref', 'head_ref'],
    stranger: {
      repository: 'globex/shop',
      repository_owner: 'globex',
      repository_owner_id: '999',
      repository_id: '31337',
    },
  },
  gitlab: {
    provider: gitlab,
    trust: [
      gitlab({ ownerId: ['99', '77', '33019922'], event: anyEvent() }),
      gitlab({ repositoryId: ['48120077', '31337'], event: anyEvent() }),
    ],
    claims: [
      'aud',
      'sub',
      'namespace_id',
      'namespace_path',
      'project_id',
      'project_path',
      'job_project_id',
      'ref',
      'ref_type',
      'ref_protected',
      'pipeline_source',
      'environment',
      'environment_protected',
      'runner_id',
      'user_login',
      'ci_config_ref_uri',
    ],
    names: ['namespace_path', 'project_path'],
    texts: ['aud', 'sub', 'ref', 'environment', 'user_login', 'ci_config_ref_uri'],
    stranger: { project_path: 'globex/shop', namespace_id: '77', project_id: '31337' },
  },
  circleci: {
    provider: circleci,
    trust: [
      circleci({ ownerId: organization }),
      circleci({ ownerId: organization, sshRerun: [true, false] }),
      circleci({ ownerId: organization, pullRequest: not('0'), sshRerun: [true, false] }),
    ],
    claims: ['aud', 'sub', ...['project-id', 'vcs-origin', 'vcs-ref', 'ssh-rerun', 'context-ids'].map(circle)],
    names: [circle('vcs-origin')],
    texts: ['aud', 'sub', circle('vcs-ref')],
    stranger: {
      [circle('project-id')]: '11111111-2222-4333-8444-555555555555',
      [circle('vcs-origin')]: 'github.com/globex/shop',
    },
  },
} satisfies Record<string, Platform>

/** A platform whose tokens the tests have. */
export type PlatformName = keyof typeof platforms

/** Makes jobs of a platform: verified where our verifier accepts the token. */
export interface JobMaker {
  /** The claims of a job. */
  claims(claims?: Claims, trigger?: string): Claims
  /** A job of these claims. */
  job(claims: Claims, what?: string): Promise<Job>
  /** Jobs of every trigger and of a stranger, and each job of the list with each claim mutated. */
  around(jobs: readonly Claims[]): Promise<readonly Job[]>
}

/** Starts a local issuer of a platform, and a verifier that accepts all its jobs. */
export async function jobMaker(name: PlatformName, audiences: readonly string[]): Promise<JobMaker> {
  const platform: Platform = platforms[name]
  const issuer = await createTestIssuer(platform.provider)
  const audience = [...new Set(audiences)]
  const verifier = createVerifier({ audience, trust: platform.trust, fetch: issuer.fetch })
  const claims = (given: Claims = {}, trigger = issuer.triggers[0]): Claims =>
    issuer.claims({ aud: audience[0], ...given }, { trigger: trigger as never })
  // A claim that is missing in a job is missing in its token.
  const missing = Object.fromEntries(Object.keys(issuer.claims()).map((name) => [name, undefined]))
  const verify = async (given: Claims): Promise<AnyWorkload | undefined> =>
    verifier.verify(await issuer.mint({ ...missing, ...given })).catch(() => undefined)
  // Most jobs differ from one before in their id and dates only, and signatures are slow.
  const identities = new Map<string, Promise<AnyWorkload | undefined>>()
  const job = async (given: Claims, what = 'a job'): Promise<Job> => {
    const key = JSON.stringify({ ...given, jti: undefined, iat: undefined, nbf: undefined, exp: undefined })
    const identity = identities.get(key) ?? verify(given)
    identities.set(key, identity)
    return { claims: plain(given), identity: await identity, what }
  }
  const around = async (jobs: readonly Claims[]): Promise<readonly Job[]> => {
    const made: Job[] = []
    for (const given of jobs) {
      const base = claims(given)
      made.push(await job(base))
      for (const trigger of issuer.triggers) made.push(await job(claims(given, trigger), trigger))
      made.push(await job(claims({ ...given, ...platform.stranger }), 'a stranger'))
      for (const { mutant, ...more } of mutantsOf(base, given, platform, claims))
        made.push({ ...(await job(mutant)), ...more })
    }
    return made
  }
  return { claims, job, around }
}

/** The claims as they are in a token. */
function plain(claims: Claims): Claims {
  return JSON.parse(JSON.stringify(claims)) as Claims
}

interface Mutant extends Pick<Job, 'what' | 'meant' | 'withOwnSubject'> {
  readonly mutant: Claims
}

/** Each claim in other values; also with the claims that follow from it, such as the subject. */
function* mutantsOf(
  base: Claims,
  given: Claims,
  { claims, names, texts }: Platform,
  make: JobMaker['claims'],
): Generator<Mutant> {
  for (const name of claims)
    for (const value of otherValues(base[name])) {
      const what = `${name}: ${JSON.stringify(value)}`
      const isCase = typeof value === 'string' && value.toLowerCase() === String(base[name]).toLowerCase()
      const isEmpty = value === '' && !texts.includes(name)
      const meant = isCase && names.includes(name) ? base : isEmpty ? { ...base, [name]: undefined } : undefined
      const more = meant === undefined ? {} : { meant: plain(meant) }
      // The platform treats an empty claim as missing.
      const remade = typeof value === 'string' && value !== '' ? make({ ...given, [name]: value }) : undefined
      const real = name === 'sub' ? base : remade
      const isOther = real !== undefined && real['sub'] !== (name === 'sub' ? value : base['sub'])
      yield {
        mutant: { ...base, [name]: value },
        what,
        ...more,
        ...(isOther ? { withOwnSubject: plain(real) } : {}),
      }
      if (remade !== undefined && name !== 'sub') yield { mutant: remade, what: `job with ${what}`, ...more }
    }
}

function otherValues(value: unknown): readonly unknown[] {
  const always = [undefined, null, '', 'x', 1, true, false, [], ['x'], {}]
  if (Array.isArray(value)) return [...always, value[0], [...(value as unknown[]), 'x']]
  if (typeof value !== 'string') return [...always, String(value)]
  return [
    ...always,
    [value],
    `${value}-evil`,
    `evil-${value}`,
    `${value}/x`,
    `x/${value}`,
    `/${value}`,
    `${value}/`,
    value.slice(0, -1),
    value.toUpperCase(),
    value.replace('refs/heads/', 'refs/tags/'),
    value.replace('main', 'feature/main'),
    value.replace('acme/', 'acme-evil/'),
    value.replace('acme/', 'acme/sub/'),
    Number(value),
  ].filter((other) => other !== value && !Number.isNaN(other))
}
