import { builtInProvider } from '../provider/define-provider.ts'
import type { ClaimsOf, Provider, WorkloadOf } from '../provider/define-provider.ts'
import * as shape from '../model/value-shape.ts'
const claims = {
  jti: 'id',
  spaceId: 'text',
  spacePath: 'text', // only where the account's subject template uses it
  callerType: ['stack', 'module'],
  callerId: 'text',
  runType: ['TRACKED', 'PROPOSED', 'TASK', 'TESTING', 'DESTROY', '*'],
  runId: 'id',
  scope: ['read', 'write'],
} as const
const requiredClaims = {
  runType: 'marks a run that only tries something out; only rules that name it admit it',
}
type Claims = ClaimsOf<typeof claims, typeof requiredClaims>

const caller = (type: 'stack' | 'module', { callerType, callerId }: Claims): string | undefined =>
  callerType === type ? callerId : undefined
const settled: ReadonlySet<string> = new Set(['TRACKED', 'TASK', 'DESTROY'])

const identity = {
  tokenId: 'jti',
  owner: ({ iss }: { readonly iss: string }): string | undefined => new URL(iss).hostname.split('.')[0],
  space: 'spaceId',
  spacePath: 'spacePath',
  /** The stack of the run; absent for modules. */
  stack: (claims: Claims): string | undefined => caller('stack', claims),
  /** The module of the run; absent for stacks. */
  module: (claims: Claims): string | undefined => caller('module', claims),
  runType: 'runType',
  /** The type of a run that applies nothing: a pull request can start a proposed run. */
  trial: ({ runType }: Claims): string | undefined => (settled.has(runType) ? undefined : runType),
  scope: 'scope',
  runId: 'runId',
} as const

/**
 * A Spacelift run. `trial` is the type of a run that only tries something out, `'PROPOSED'` or
 * `'TESTING'`, else absent.
 */
export interface SpaceliftWorkload extends WorkloadOf<
  'spacelift',
  typeof claims,
  typeof identity,
  typeof requiredClaims
> {}

/**
 * Spacelift: each account has its own issuer, which `owner`, its sub-domain, chooses; `.at(issuer)`
 * for a self-hosted one, whose `owner` is the first label of its host.
 *
 * Source: https://docs.spacelift.io/integrations/cloud-providers/oidc
 *
 * @example
 * ```ts
 * spacelift(
 *   { owner: 'tidewater', stack: 'edge-prod', runType: 'TRACKED', scope: 'write' },
 *   { audience: 'tidewater.app.spacelift.io', sharedAudience: 'accepted' },
 * )
 * ```
 */
export const spacelift: Provider<SpaceliftWorkload, 'owner'> = /* @__PURE__ */ builtInProvider({
  id: 'spacelift',
  title: 'Spacelift',
  issuer: 'https://{owner}.app.spacelift.io',
  shapes: { owner: shape.dnsLabel },
  algorithms: ['RS256'],
  claims,
  requiredClaims,
  identity,
  pins: ['owner'],
  suggestedFields: ['space', 'stack', 'runType', 'scope'],
  untrustedWhen: ['trial'],
  defaultAudiences: ['{host}'],
  fixedAudience: { audience: '{host}', maxTokenAge: 3600 },
  lifetime: { usual: 3600 },
  unsupported: {
    branch:
      "tokens name the stack and the type of the run, and nothing of the code. Write stack, runType: 'TRACKED' and scope: 'write'",
    ref: "tokens name the stack and the type of the run, and nothing of the code. Write stack, runType: 'TRACKED' and scope: 'write'",
    repository: 'tokens name the stack, and nothing of the code. Write stack',
    environment: 'no claim names one. Write stack or space',
    ownerId: 'tokens contain no id of the account. Write owner, its sub-domain',
  },
})
