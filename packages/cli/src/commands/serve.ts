/** `jobpass serve`: flags and help. */

import type { Command } from '@stricli/core'
import { buildCommand } from '@stricli/core'
import type { Context } from '../context.ts'
import { audienceFlag, issuerFlag, portFlag, secondsFlag, text, trustFlag } from './flags.ts'
import type { ServeFlags } from '../serve/flags.ts'

/** The command. */
export const serve: Command<Context> = buildCommand<ServeFlags, [string], Context>({
  loader: async () => (await import('../serve/run.ts')).runServe,
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [{ parse: text, brief: 'The policy file', placeholder: 'FILE', default: 'policy.yaml' }],
    },
    flags: {
      audience: { ...audienceFlag, optional: false },
      trust: {
        ...trustFlag,
        brief: 'The set of rules that every caller must match; default: all rules of the policy',
      },
      issuer: issuerFlag,
      strict: { kind: 'boolean', brief: 'Every rule needs ids', default: false, withNegated: false },
      maxTokenAge: {
        kind: 'parsed',
        parse: secondsFlag,
        brief: 'The maximum age of a token, in seconds; default: until it expires',
        placeholder: 'S',
        optional: true,
      },
      identity: {
        kind: 'enum',
        values: ['headers', 'jwt'],
        brief: 'How the upstream gets the identity: one header for each fact, or one signed JWT',
        default: 'headers',
      },
      key: {
        kind: 'parsed',
        parse: text,
        brief: 'A private key, PEM or JWK, for --identity jwt: the first one signs, /jwks has all',
        placeholder: 'FILE',
        optional: true,
        variadic: true,
      },
      upstream: {
        kind: 'parsed',
        parse: text,
        brief: 'The audience of signed identities: a name of the upstream',
        placeholder: 'NAME',
        optional: true,
      },
      host: {
        kind: 'parsed',
        parse: text,
        brief: 'The address to listen on; 0.0.0.0 for all of this machine',
        placeholder: 'HOST',
        default: '127.0.0.1',
      },
      port: { ...portFlag, brief: 'The port to listen on; 0 for any free one', default: '4921' },
      json: {
        kind: 'boolean',
        brief: 'Log JSON, one object a line; `jobpass schema serve` prints its schema',
        default: false,
        withNegated: false,
      },
    },
    aliases: { a: 'audience', p: 'port' },
  },
  docs: {
    brief: 'Guard any upstream behind nginx, Traefik, Caddy, HAProxy or Envoy',
    fullDescription: [
      'Answers the questions of proxies (forward auth): 200 with the identity of the caller as headers',
      'for the upstream, or 400, 401, 403 or 503 for the client. Follows the file of the policy.',
      '',
      'URLS',
      '  /guards/NAME  whether a caller matches the set of rules NAME',
      '  /trust        whether a caller matches any rule of the policy, or the set of --trust',
      '  /jwks         the keys of signed identities',
      '  /healthz, /readyz, /metrics',
      '',
      'Exit codes: 0 stopped by SIGINT or SIGTERM, 3 the policy is no good or the port is taken.',
      '',
      'EXAMPLES',
      '  jobpass serve policy.yaml --audience https://api.acme.dev',
      '  jobpass serve policy.yaml --audience https://api.acme.dev --identity jwt --key key.pem --upstream billing',
      '  curl -i -H "Authorization: Bearer $(cat token.txt)" http://127.0.0.1:4921/guards/deploy',
    ].join('\n'),
  },
})
