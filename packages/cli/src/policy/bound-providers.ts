/** The built-in providers, bound to another issuer: that of `jobpass dev`, or of a test system. */

import type { ProviderLike } from '@jobpass/core'
import { providers } from '@jobpass/policy/built-in'
import { CommandError } from '../io/exit.ts'

/**
 * The providers for rules that name no issuer: the built-in ones, or those bound to `issuer`. A
 * platform whose tenants have issuers of their own cannot be bound to any, and is left out.
 */
export function providersAt(issuer: string | undefined): readonly ProviderLike[] {
  if (issuer === undefined) return providers
  const options = issuer.startsWith('http:') ? { insecureLoopback: true } : {}
  const faults: string[] = []
  const bound = providers.flatMap((provider): readonly ProviderLike[] => {
    try {
      return [provider.at(issuer, options) as unknown as ProviderLike]
    } catch (error) {
      faults.push((error as Error).message)
      return []
    }
  })
  if (bound.length > 0) return bound
  throw new CommandError(`--issuer: ${faults[0]}`)
}
