/** Challenges from which an MCP client learns where to get another token, and with which scopes. */

import type { VerifierConfig } from '@jobpass/core/internal'
import { formatValue } from '@jobpass/core/internal'

/**
 * Lets the challenge of a 401 and a 403 name the metadata document and its scopes (RFC 6750 §3, RFC
 * 9728 §5.1). Core names the document in a 401 only.
 *
 * @throws {TypeError} for scopes that no challenge can name.
 */
export function stepUp({
  metadataUrl,
  metadataScopes = [],
}: VerifierConfig): (status: number, challenge: string) => string {
  if (!isScopeList(metadataScopes))
    throw new TypeError(
      `resourceMetadata: scopes is a list of scopes, such as ['deploy:write'], not ${formatValue(metadataScopes)}`,
    )
  if (metadataUrl === undefined) return (_status, challenge) => challenge
  const scope = metadataScopes.length === 0 ? '' : `scope="${metadataScopes.join(' ')}", `
  return (status, challenge) => {
    if (status === 403) return `${challenge}, ${scope}resource_metadata="${metadataUrl}"`
    return challenge.replace('resource_metadata=', `${scope}resource_metadata=`)
  }
}

/** RFC 6749 §3.3: printable ASCII without space, quote and backslash. */
function isScopeList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string' && /^[!#-[\]-~]+$/.test(each))
}
