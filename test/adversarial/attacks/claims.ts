/** Attacks on the registered claims, signed by the right key: issuer, audience and dates. */

import { now } from '@jobpass/testing/internal'
import { acmeIssuer, acmePush, audience, claimsOf, ec, githubIssuer, mint, rsa } from '../world.ts'
import type { Attack } from './attack.ts'
import { attacks } from './attack.ts'

/** A token of the RSA key with one claim as raw JSON; `''` omits it. */
function written(claim: string, json: string): string {
  const { [claim]: _, ...rest } = claimsOf(rsa)
  const text = JSON.stringify(rest)
  return mint(rsa, {}, json === '' ? text : text.replace('{', `{"${claim}":${json},`))
}

const each = (claim: string, values: readonly string[]): Record<string, string> =>
  Object.fromEntries(values.map((value) => [`${claim} ${value || 'missing'}`.slice(0, 60), written(claim, value)]))

const noDates = ['null', 'true', '"1795166400"', '""', '[1795166400]', '{"a":1}', '1e400', '-1e400', '"9e9"', '[]']

export const claimAttacks: readonly Attack[] = [
  ...attacks('token_malformed', {
    ...each('exp', noDates),
    ...each('iat', noDates),
    ...each('nbf', noDates),
    ...each('iss', ['', 'null', '7', 'true', '[]', '{}', `["${githubIssuer}"]`, `{"0":"${githubIssuer}"}`]),
    ...each('aud', ['null', '7', 'true', '[]', '{}', `{"0":"${audience}"}`, `["${audience}",7]`, `[["${audience}"]]`]),
    ...each('sub', ['null', '7', '[]', '{}', '["repo:acme/shop"]']),
    // S21: a control character in a registered claim.
    ...each('iss', [`"${githubIssuer}\\u0000"`, `"${githubIssuer}\\t"`]),
    ...each('aud', [`"${audience}\\u0000"`, `["${audience}","\\n"]`]),
    ...each('sub', ['"repo:acme/shop\\r\\nx: y"', '"\\u0085"']),
    ...each('jti', ['null', '7', '[]', '{}']),
  }),
  ...attacks('issuer_untrusted', {
    ...each('iss', [
      '""',
      `"${githubIssuer}/"`,
      `"${githubIssuer} "`,
      `" ${githubIssuer}"`,
      `"${githubIssuer}#"`,
      `"${githubIssuer}?"`,
      `"${githubIssuer}:443"`,
      `"${githubIssuer}."`,
      `"${githubIssuer}.evil.example"`,
      `"${githubIssuer}@evil.example"`,
      `"https://evil.example/${githubIssuer}"`,
      `"${githubIssuer.replace('https', 'http')}"`,
      `"${githubIssuer.replace('https', 'HTTPS')}"`,
      `"${githubIssuer.replace('https://', '')}"`,
      `"${githubIssuer.replace('token', 'Token')}"`,
      `"${githubIssuer.replace('actions', '%61ctions')}"`,
      `"${githubIssuer.replace('o', 'о')}"`,
      `"${githubIssuer}\u200b"`,
      '"__proto__"',
      '"constructor"',
    ]),
  }),
  ...attacks('claims_invalid', {
    ...each('exp', ['']),
    ...each('iat', ['']),
    ...each('sub', ['', '""']),
    ...each('repository_id', ['', '""', 'null', '74205118', '["74205118"]', '{}', 'true']),
    ...each('event_name', ['', '""', 'null', '7', '["push"]']),
    ...each('ref_protected', ['true', '"TRUE"', '1', '"yes"', '[]']),
  }),
  ...attacks('token_expired', each('exp', ['0', '-0', '-1', '-1e308', '1e-308', `${now - 30}`, `${now - 30}.0`])),
  ...attacks('token_not_yet_valid', {
    ...each('iat', [`${now + 31}`, `${now + 30}.001`, '1e308']),
    ...each('nbf', [`${now + 31}`, '1e308']),
  }),
  ...attacks('token_lifetime', {
    ...each('exp', ['1e308', '1.7976931348623157e308', '9007199254740993', `${now + 90_000}`]),
    ...each('iat', ['0', '-0', '-1', '-1e308']),
  }),
  ...attacks('audience_mismatch', {
    ...each('aud', [
      '',
      '""',
      `"${audience}/"`,
      `"${audience} "`,
      `" ${audience}"`,
      `"${audience.toUpperCase()}"`,
      `"${audience},https://other.example"`,
      '"*"',
      '["*"]',
      '"https://github.com/acme"',
      '["https://other.example"]',
      '[""]',
    ]),
  }),
  ...attacks('audience_multiple', {
    ...each('aud', [`["${audience}","https://other.example"]`, `["${audience}","${audience}"]`, `["","${audience}"]`]),
  }),
  ...attacks('key_unknown', {
    "one issuer's key in the name of another": mint(ec, { alg: 'RS256' }, claimsOf(rsa)),
    'the other way round': mint(rsa, { alg: 'PS256' }, { ...acmePush, iss: acmeIssuer }),
  }),
  ...attacks('workload_forbidden', {
    "another team's token": mint(ec, {}, { ...acmePush, team_id: '8' }),
    'a team in other digits': mint(ec, {}, { ...acmePush, team_id: '７' }),
    'a team with a zero before': mint(ec, {}, { ...acmePush, team_id: '07' }),
  }),
]

/** At the limits, but valid. */
export const goodClaims: Readonly<Record<string, string>> = {
  'expired within the tolerance': written('exp', `${now - 29}.999`),
  'issued within the tolerance': written('iat', `${now + 30}`),
  'not before the tolerance': written('nbf', `${now + 30}`),
  'no nbf': written('nbf', ''),
  'nbf far back': written('nbf', '-1e308'),
  'a day long': written('exp', `${(claimsOf(rsa)['iat'] as number) + 86_400}`),
  'a list of one audience': written('aud', `["${audience}"]`),
}
