/** Challenges from which an MCP client learns where to get another token, and with which scopes. */

import type { Authenticator, Refused } from '@jobpass/core/adapter'
import type { VerifierConfig } from '@jobpass/core/internal'
import { formatValue } from '@jobpass/core/internal'

/**
 * Lets a 401 and a 403 name the metadata document and its scopes (RFC 6750 §3, RFC 9728 §5.1). Core
 * names the document in a 401 only.
 *
 * @throws {TypeError} for scopes that no challenge can name.
 */
export function stepUp({ config }: Authenticator<never>): (refused: Refused) => Refused {
  const { metadataUrl, metadataScopes = [] } = config as VerifierConfig
  if (!isScopeList(metadataScopes))
    throw new TypeError(
      `resourceMetadata: scopes is a list of scopes, such as ['deploy:write'], not ${formatValue(metadataScopes)}`,
    )
  const scope = metadataScopes.length === 0 ? '' : `scope="${metadataScopes.join(' ')}", `
  return (refused) => {
    const { status, challenge } = refused
    if (challenge === undefined || metadataUrl === undefined) return refused
    if (status === 401)
      return { ...refused, challenge: challenge.replace('resource_metadata=', `${scope}resource_metadata=`) }
    if (status !== 403) return refused
    return { ...refused, challenge: `${challenge}, ${scope}resource_metadata="${metadataUrl}"` }
  }
}

/** RFC 6749 §3.3: printable ASCII without space, quote and backslash. */
function isScopeList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string' && /^[!#-[\]-~]+$/.test(each))
}
