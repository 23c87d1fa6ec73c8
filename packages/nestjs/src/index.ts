/**
 * jobpass for NestJS 11 and 12, on Express and on Fastify, for HTTP and GraphQL: one module
 * verifies the OIDC token of the calling CI job, and one decorator on a route names the jobs that
 * may call it.
 *
 * @module
 */

export * from '@jobpass/core'
export { Public, RequireWorkload, Workload } from './decorators.ts'
export { WorkloadException } from './exception.ts'
export { WorkloadModule } from './module.ts'
export type { WorkloadModuleOptions } from './module.ts'
