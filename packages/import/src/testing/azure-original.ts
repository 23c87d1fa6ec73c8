/** What Microsoft Entra does with a federated credential and the claims of a token, for tests. */

import type { Claims } from './jobs.ts'

/** Whether a credential accepts a token. `spell` changes all texts before they are compared. */
export function azureAdmits(credential: Claims, claims: Claims, spell: (text: string) => string): boolean {
  const { issuer, subject, audiences, claimsMatchingExpression: flexible } = credential
  if (claims['iss'] !== issuer || !(audiences as readonly string[]).includes(String(claims['aud']))) return false
  if (subject !== undefined) return spell(String(claims['sub'])) === spell(String(subject))
  const { value } = flexible as { readonly value: string }
  return value.split(' and ').every((part) => {
    const [, name = '', operator, quoted = ''] = /^claims\['(.*?)'\] (eq|matches) '(.*)'$/.exec(part) ?? []
    const claim = claims[name]
    const [actual, text] = [spell(String(claim)), spell(quoted.replaceAll("''", "'"))]
    if (claim === undefined) return false
    if (operator === 'eq') return actual === text
    const source = text
      .replaceAll(/[\\^$.+()[\]{}|/]/g, String.raw`\$&`)
      .replaceAll('*', '.*')
      .replaceAll('?', '.')
    return new RegExp(`^${source}$`, 'su').test(actual)
  })
}
