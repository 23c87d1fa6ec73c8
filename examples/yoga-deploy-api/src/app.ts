/** A deploy API in GraphQL: jobs of one owner may ask, main of one repository deploys. */

import type { VerifierOptions, Workloads } from '@jobpass/core'
import { createVerifier, githubActions } from '@jobpass/core'
import type { YogaServerInstance } from 'graphql-yoga'
import { createSchema, createYoga } from 'graphql-yoga'
import type { WorkloadContext } from './use-workload.ts'
import { requireRule, useWorkload } from './use-workload.ts'

type Context = WorkloadContext<Workloads['github-actions']>

const release = githubActions({ repository: 'acme/shop', branch: 'main' })

const schema = createSchema<Context>({
  typeDefs: /* GraphQL */ `
    type Query {
      caller: String!
    }
    type Mutation {
      deploy: String!
    }
  `,
  resolvers: {
    Query: { caller: (_parent, _args, { workload }) => workload.repository },
    Mutation: { deploy: (_parent, _args, context) => requireRule(context, release).commit },
  },
})

/** The app, and how it fetches the keys of GitHub; tests have a local issuer. */
export function createApp({ fetch }: Pick<VerifierOptions, 'fetch'> = {}): YogaServerInstance<Context, Context> {
  const verifier = createVerifier({
    audience: 'https://deploy.acme.dev',
    trust: githubActions({ ownerId: '1234567' }),
    ...(fetch && { fetch }),
  })
  return createYoga<Context, Context>({ schema, plugins: [useWorkload(verifier)], logging: false })
}
