/**
 * jobpass for MCP servers: one line verifies the OIDC token of the calling CI job, and one function
 * around the handler of a tool names the jobs that may call it. For versions 1 and 2 of the
 * TypeScript SDK.
 *
 * @module
 */

export * from '@jobpass/core'
export type { AuthInfo } from './auth-info.ts'
export { fetchAuth } from './fetch-auth.ts'
export type { FetchAuth } from './fetch-auth.ts'
export { listAllowedTools } from './list-allowed-tools.ts'
export { requireWorkload } from './require-workload.ts'
export type { ToolArguments, ToolGuard } from './require-workload.ts'
export { workloadAuth } from './workload-auth.ts'
export type { WorkloadMiddleware } from './workload-auth.ts'
