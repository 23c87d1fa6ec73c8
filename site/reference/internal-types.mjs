/** Types that have no entry in the reference, or whose definition says nothing to readers. */

/**
 * Exported types that are computed by conditional and mapped types. The reference has their
 * comments; the computation is in the source.
 */
export const computedTypes = new Set([
  'ClaimConditions',
  'ClaimsOf',
  'Conditions',
  'DataFrom',
  'FetchAuth',
  'GuardedBy',
  'MintClaims',
  'Triggers',
  'TriggerOf',
  'WorkloadFrom',
  'WorkloadOf',
])

/** Steps of such computations that signatures name. `defineProvider` documents its table itself. */
export const internalTypes = [
  '@jobpass/core/src/adapter.ts:Expected',
  '@jobpass/core/src/provider/define-provider.ts:ProviderFor',
  '@jobpass/core/src/provider/define-provider.ts:Source',
  '@jobpass/core/src/provider/define-provider.ts:TableFor',
  '@jobpass/exchange/src/trust/service-tokens.ts:JobOf',
  '@jobpass/mcp/src/list-allowed-tools.ts:ToolServer',
  '@jobpass/testing/src/test-server.ts:BoundOf',
]
