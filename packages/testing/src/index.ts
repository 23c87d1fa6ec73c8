/**
 * For tests of applications: local issuers of realistic job tokens, and checks of guarded routes.
 *
 * @module
 */

export { expectGuarded, expectRoute } from './expect-guarded.ts'
export type { ExpectedTokens, GuardedOptions } from './expect-guarded.ts'
export type { GuardableApp, Listener } from './app-client.ts'
export type { Triggers } from './fixtures/index.ts'
export { createTestIssuer } from './issuer.ts'
export type { MintableProvider, MintClaims, MintOptions, TestIssuer, TriggerOf } from './test-issuer.ts'
export type { TestIssuerOptions } from './issuer.ts'
