// Types of the gate and of guarded tools, with both versions of the SDK.

import type { Types, WorkloadIdentity } from '@jobpass/mcp'
import { createVerifier, fetchAuth, getWorkload, githubActions, gitlab, listAllowedTools } from '@jobpass/mcp'
import { requireWorkload, workloadAuth } from '@jobpass/mcp'
import { McpServer as McpServer1 } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { AuthInfo as AuthInfo1 } from '@modelcontextprotocol/sdk/server/auth/types.js'
import type { AuthInfo as AuthInfo2 } from '@modelcontextprotocol/server'
import { McpServer as McpServer2 } from '@modelcontextprotocol/server'
import { expectTypeOf, test } from 'vitest'
import { z } from 'zod'

const info = { name: 'test', version: '1.0.0' }
const audience = 'https://mcp.acme.dev/mcp'
const main = githubActions({ repository: 'acme/shop', branch: 'main' })
const mayDeploy = requireWorkload(main)
const inputSchema = z.object({ environment: z.enum(['staging', 'production']) })

test('guarded handlers keep the types of their arguments and their context', () => {
  const server1 = listAllowedTools(new McpServer1(info))
  expectTypeOf(server1).toEqualTypeOf<McpServer1>()
  server1.registerTool(
    'deploy',
    { inputSchema },
    mayDeploy(({ environment }, extra) => {
      expectTypeOf(environment).toEqualTypeOf<'staging' | 'production'>()
      expectTypeOf(extra.authInfo).toEqualTypeOf<AuthInfo1 | undefined>()
      expectTypeOf(getWorkload(extra, main)).toEqualTypeOf<Types.GitHubActionsWorkload>()
      return { content: [{ type: 'text', text: environment }] }
    }),
  )
  const server2 = listAllowedTools(new McpServer2(info))
  expectTypeOf(server2).toEqualTypeOf<McpServer2>()
  server2.registerTool(
    'deploy',
    { inputSchema },
    mayDeploy(({ environment }, ctx) => {
      expectTypeOf(environment).toEqualTypeOf<'staging' | 'production'>()
      expectTypeOf(ctx.http?.authInfo).toEqualTypeOf<AuthInfo2 | undefined>()
      expectTypeOf(getWorkload(ctx)).toEqualTypeOf<WorkloadIdentity>()
      return { content: [{ type: 'text', text: environment }] }
    }),
  )
  const wrong = mayDeploy(() => 'deployed')
  // @ts-expect-error no result of a tool
  server2.registerTool('broken', {}, wrong)
})

test('the gate gives what both versions of the SDK take', () => {
  const trust = [githubActions({ ownerId: '1234567' }), gitlab({ ownerId: '99' })] as const
  type Caller<G extends (request: Request) => Promise<unknown>> = Exclude<Awaited<ReturnType<G>>, Response>
  const gate = fetchAuth({ audience, trust })
  expectTypeOf<Caller<typeof gate>>().toExtend<AuthInfo1>()
  expectTypeOf<Caller<typeof gate>>().toExtend<AuthInfo2>()
  expectTypeOf<Caller<typeof gate>['extra']['workload']>().toEqualTypeOf<
    Types.GitHubActionsWorkload | Types.GitLabWorkload
  >()
  const open = fetchAuth(createVerifier({ audience, trust: main, optional: true }))
  expectTypeOf<Extract<Caller<typeof open>, undefined>>().toEqualTypeOf<undefined>()
})

test('code that must not compile', () => {
  // @ts-expect-error a provider that was not called would admit every job
  requireWorkload(githubActions)
  // @ts-expect-error no rule
  requireWorkload()
  // @ts-expect-error while tools are listed, there are no arguments
  requireWorkload((_workload, args) => (args['environment'] === 'staging' ? main : undefined))
  // @ts-expect-error no handler
  mayDeploy({ handler: () => 'deployed' })
  // @ts-expect-error no audience
  workloadAuth({ trust: main })
  // @ts-expect-error a typo
  fetchAuth({ audience, trust: main, clockTolerence: 5 })
  // @ts-expect-error no server
  listAllowedTools({})
})
