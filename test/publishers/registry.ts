/** A registry of publishers with test issuers, whose time the tests set. */

import { createVerifier, decide, githubActions, gitlab, WorkloadAuthError } from '@jobpass/core'
import type { Managed, PublishersOptions, PublisherStore, SqlSession } from '@jobpass/publishers'
import { createPublishers } from '@jobpass/publishers'
import { createTestIssuer } from '@jobpass/testing'

export const audience = 'https://packages.example'
export const start: number = Date.UTC(2026, 8, 1)
export const day: number = 24 * 60 * 60 * 1000

/** The time of issuers and registries. */
export const clock = {
  time: start,
  now: (): number => clock.time,
  after: (milliseconds: number, callback: () => void): (() => void) => {
    const timer = setTimeout(callback, milliseconds)
    return () => clearTimeout(timer)
  },
}

export const github = await createTestIssuer(githubActions, { clock })
export const gitlabCom = await createTestIssuer(gitlab, { clock })
export const providers = [
  githubActions.at(github.issuer, { fetch: github.fetch }),
  gitlab.at(gitlabCom.issuer, { fetch: gitlabCom.fetch }),
] as const

export const acme = { account: 'acme', issuer: github.issuer, ownerId: '1234567' } as const
export const shop = { ...acme, project: 'shop', repositoryId: '74205118' } as const

/** A token of a job of acme/shop, with other claims. */
export const job = (claims: Readonly<Record<string, unknown>> = {}): Promise<string> =>
  github.mint({ aud: audience, ...claims })

/** Creates a project, unless it exists. Whether it is of the account. */
export async function claimProject(session: SqlSession, { project, account }: Managed): Promise<boolean> {
  await session.query('insert into projects values ($1, $2) on conflict do nothing', [project, account])
  const { rows } = await session.query<{ account: string }>('select account from projects where name = $1', [project])
  return rows[0]?.account === account
}

/** Publishers, and what a job of a token may do. */
export function registryOf(store: PublisherStore, options: Partial<PublishersOptions> = {}) {
  const publishers = createPublishers({ store, providers, clock, ...options })
  const verifier = createVerifier({
    audience,
    trust: [providers[0].lookup(publishers.callers), providers[1].lookup(publishers.callers)],
    clock,
  })
  const guard = publishers.guard((project: string) => project)
  /** Whether the job of a token may publish a project. */
  const publish = async (token: string, project = 'shop'): Promise<boolean> => {
    const workload = await verifier.verify(token).catch((error: unknown) => {
      if (error instanceof WorkloadAuthError && error.code === 'workload_forbidden') return undefined
      throw error
    })
    if (workload === undefined) return false
    const rules = await guard(workload, project)
    return rules !== undefined && rules.length > 0 && decide(rules, workload).allowed
  }
  return { publishers, publish, verifier, guard }
}
