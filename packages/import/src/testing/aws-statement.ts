/** What trust policies of AWS roles are made of, for tests. */

import type { Platform } from './jobs.ts'

type Condition = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** A policy. */
export interface AwsSample {
  /** What it is about, for test names. */
  readonly what: string
  /** The platform of its provider. */
  readonly platform: Platform
  /** The document. */
  readonly policy: Readonly<Record<string, unknown>>
}

/** An organization at CircleCI. */
export const organization = '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22'
/** A project of it. */
export const project = '71c2d3e4-f506-4718-a29b-3c4d5e6f7081'

const hosts = {
  github: 'token.actions.githubusercontent.com',
  gitlab: 'gitlab.com',
  circleci: `oidc.circleci.com/org/${organization}`,
  kubernetes: 'oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF',
  terraform: 'app.terraform.io',
  buildkite: 'agent.buildkite.com',
}

/** The statement of a role, with keys that begin with the host of the provider. */
export function statement(platform: keyof typeof hosts, condition: Condition, Effect = 'Allow'): unknown {
  const named = Object.entries(condition).map(([operator, keys]) => [
    operator,
    Object.fromEntries(Object.entries(keys).map(([key, value]) => [`${hosts[platform]}:${key}`, value])),
  ])
  return {
    Effect,
    Action: 'sts:AssumeRoleWithWebIdentity',
    Principal: { Federated: `arn:aws:iam::111122223333:oidc-provider/${hosts[platform]}` },
    Condition: Object.fromEntries(named) as unknown,
  }
}

/** The audience of the policies. */
export const awsAudience = 'https://api.acme.dev'
/** The condition on it. */
export const aud = { aud: awsAudience }

/** A policy of one statement. */
export function sample(platform: AwsSample['platform'], what: string, condition: Condition): AwsSample {
  return { what, platform, policy: { Version: '2012-10-17', Statement: [statement(platform, condition)] } }
}

/** A policy on the audience and a pattern for the subject. */
export const bySubject = (platform: AwsSample['platform'], sub: string | readonly string[]): AwsSample =>
  sample(platform, `the subject is like ${[sub].flat().join(' or ')}`, { StringEquals: aud, StringLike: { sub } })

/** A policy on the audience and exact subjects. */
export const exactly = (platform: AwsSample['platform'], sub: string | readonly string[]): AwsSample =>
  sample(platform, `the subject is ${[sub].flat().join(' or ')}`, { StringEquals: { ...aud, sub } })
