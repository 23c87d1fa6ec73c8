import { builtInProvider } from '../provider/define-provider.ts'
import type { Provider, WorkloadOf } from '../provider/define-provider.ts'
import * as shape from '../model/value-shape.ts'
const claims = {
  run_id: 'id',
  run_url: 'text',
  task_id: 'id',
  task_url: 'text',
} as const

// The organization is in no other claim. A complete UUID must precede the vault, so that the name
// of a vault cannot pass for one.
const vaultSubject = /^mint:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}):(.+)$/

const identity = {
  /** The organization, a part of the subject. */
  organization: ({ sub }: { readonly sub: string }): string | undefined => vaultSubject.exec(sub)?.[1],
  /** The vault, a part of the subject. */
  vault: ({ sub }: { readonly sub: string }): string | undefined => vaultSubject.exec(sub)?.[2],
  runId: 'run_id',
  runUrl: 'run_url',
  jobId: 'task_id',
} as const

/** An RWX task. `organization` and `vault` are parts of the subject. */
export interface RWXWorkload extends WorkloadOf<'rwx', typeof claims, typeof identity> {}

/**
 * RWX, formerly Mint, one issuer for all customers. A token is for a vault. RWX decides which tasks
 * may use the vault, and the token does not say which one did.
 *
 * Source: https://www.rwx.com/docs/rwx/oidc
 *
 * @example
 * ```ts
 * rwx({
 *   organization: '5b1e2c3d-4f50-4617-8293-a4b5c6d7e8f9',
 *   subject: 'mint:5b1e2c3d-4f50-4617-8293-a4b5c6d7e8f9:production',
 * })
 * ```
 */
export const rwx: Provider<RWXWorkload> = /* @__PURE__ */ builtInProvider({
  id: 'rwx',
  title: 'RWX',
  issuer: 'https://cloud.rwx.com/mint',
  algorithms: ['RS256'],
  claims,
  identity,
  pins: ['organization'],
  suggestedFields: ['organization', 'vault'],
  shapes: { organization: shape.uuid },
  unsupported: {
    branch:
      "a token names the vault, not its source. Write vault: 'production', and lock that vault to the branch in RWX",
    ref: "a token names the vault, not its source. Write vault: 'production', and lock that vault to the branch in RWX",
    commit: 'a token names the vault, not its source',
    repository:
      "a token names the vault, not its source. Write vault: 'production', and give the repository a locked vault",
    event: "no claim shows it. Write vault: 'production', and lock that vault in RWX",
    environment: "no claim names one. Write vault: 'production'",
  },
})
