import { builtInProvider } from '../provider/define-provider.ts'
import type { ClaimsOf, Provider, WorkloadOf } from '../provider/define-provider.ts'
const claims = {
  jti: 'id',
  cloud_agent_id: 'id',
  agent_runtime: ['managed', 'self_hosted', '*'],
  team_id: 'id', // absent for a personal account
  owner_user_id: 'id', // this or the next one
  owner_service_account_id: 'id',
  owner_email: 'text',
  source: ['WEBSITE', 'API', 'SLACK', 'AUTOMATIONS', '*'],
  automation_id: 'id',
  environment_id: 'id',
  turn_id: 'id', // only while the agent works on a turn
  turn_start: 'number',
  repo_url: 'text', // the first repository, if there are several
  repo_urls: 'text[]', // only where all are known
  repo_count: 'number',
  branch_name: 'text', // the agent's own working branch
  nonce: 'text', // chosen by the requester
} as const
const requiredClaims = {
  cloud_agent_id: 'identifies the agent, by which uses are counted and revoked',
}
type Claims = ClaimsOf<typeof claims, typeof requiredClaims>

const identity = {
  tokenId: 'jti',
  ownerId: 'team_id',
  userId: 'owner_user_id',
  serviceAccountId: 'owner_service_account_id',
  // An agent may write to every repository of its workspace, so this is absent where there are
  // several.
  repository: ({ repo_urls: all = [] }: Claims): string | undefined => (all.length === 1 ? all[0] : undefined),
  repositories: 'repo_urls',
  environmentId: 'environment_id',
  event: 'source',
  automationId: 'automation_id',
  runId: 'cloud_agent_id',
  turnId: 'turn_id',
  actor: 'owner_email',
  runner: ({ agent_runtime: runtime }: Claims): 'hosted' | 'self-hosted' | undefined =>
    runtime === 'managed' ? 'hosted' : runtime === 'self_hosted' ? 'self-hosted' : undefined,
} as const

/**
 * A cloud agent of Cursor. `repository` is host and path, and absent where the agent has several.
 */
export interface CursorAgentsWorkload extends WorkloadOf<
  'cursor-agents',
  typeof claims,
  typeof identity,
  typeof requiredClaims
> {}

/**
 * Cursor cloud agents, one issuer for all customers. The requester chooses the form of the subject.
 *
 * Source: https://cursor.com/docs/cloud-agent/identity
 *
 * @example
 * ```ts
 * cursorAgents({ ownerId: '48211', repository: 'github.com/acme/shop' })
 * ```
 */
export const cursorAgents: Provider<CursorAgentsWorkload> = /* @__PURE__ */ builtInProvider({
  id: 'cursor-agents',
  title: 'Cursor cloud agents',
  issuer: 'https://api.cursor.com',
  algorithms: ['RS256'],
  claims,
  requiredClaims,
  identity,
  pins: ['ownerId', 'userId', 'serviceAccountId'],
  suggestedFields: ['repository'],
  trustedEvents: ['WEBSITE', 'API'],
  attackerControlled: ['repo_url', 'branch_name', 'nonce', 'owner_email'],
  lifetime: { usual: 300, max: 300 },
  unsupported: {
    branch: "the claim branch_name is the agent's own work in progress. Write repository",
    ref: "the claim branch_name is the agent's own work in progress. Write repository",
    commit: 'no claim names it',
    environment: 'tokens contain its id, not its name. Write environmentId',
    pullRequest: 'no claim names one',
  },
  validate: ({ repo_urls: all, repo_count: count, repo_url: first }: Claims): string | undefined => {
    if (all === undefined) return undefined
    if (count !== undefined && count !== all.length) return 'repo_count'
    return first !== undefined && first !== '' && !all.includes(first) ? 'repo_url' : undefined
  },
})
