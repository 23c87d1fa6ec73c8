/** Platforms whose own program prints a token. */

import type { Emulator, Outcome, Program } from './emulator.ts'
import { failed, printed } from './emulator.ts'

/** Arguments of a program: options with their values, or what is wrong with them. */
type Parsed = { readonly options: ReadonlyMap<string, string> } | { readonly wrong: string }

/**
 * Reads `--name value` and `--name=value` after the command's words. `-name` is the same, as in
 * programs written in Go.
 */
function parse(
  args: readonly string[],
  command: string,
  known: readonly string[],
  flags: readonly string[] = [],
): Parsed {
  const words = command.split(' ')
  if (args.slice(0, words.length).join(' ') !== command) return { wrong: `unknown command "${args.join(' ')}"` }
  const options = new Map<string, string>()
  const rest = args.slice(words.length)
  for (let index = 0; index < rest.length; index++) {
    const [, name = '', , inline] = /^--?([\w-]+)(=([^]*))?$/.exec(rest[index] ?? '') ?? []
    if (flags.includes(name)) options.set(name, 'true')
    else if (!known.includes(name)) return { wrong: `unknown option: ${rest[index]}` }
    else {
      const value = inline ?? rest[++index]
      if (value === undefined) return { wrong: `option needs a value: --${name}` }
      options.set(name, value)
    }
  }
  return { options }
}

// Source: https://circleci.com/docs/guides/permissions-authentication/openid-connect-tokens/
const runCircleci: Program = async (args, _, { mint }) => {
  const parsed = parse(args, 'run oidc get', ['claims'], ['root-issuer'])
  if ('wrong' in parsed) return failed(`Error: ${parsed.wrong}`)
  let claims: unknown
  try {
    claims = JSON.parse(parsed.options.get('claims') ?? '{}')
  } catch {
    return failed('Error: --claims must be a JSON object')
  }
  // No other claim can be chosen.
  if (claims === null || typeof claims !== 'object' || Object.keys(claims).some((name) => name !== 'aud'))
    return failed('Error: --claims must be a JSON object with "aud" only')
  // With `--root-issuer` or without, the issuer is the one that listens here.
  return printed(await mint({ ...claims }))
}

export const circleci: Emulator = {
  env: async ({ mintDefault }) => {
    const token = await mintDefault()
    return { CI: 'true', CIRCLECI: 'true', CIRCLE_OIDC_TOKEN: token, CIRCLE_OIDC_TOKEN_V2: token }
  },
  without: () => ({ CI: 'true', CIRCLECI: 'true' }),
  programs: { circleci: runCircleci },
}

const idsOfBuildkite = ['organization_id', 'pipeline_id']
const redactor = 'redactor add'

// Source: https://buildkite.com/docs/agent/v3/cli-oidc
const runBuildkiteAgent: Program = async (args, env, { secret, mint, now }) => {
  if (env['BUILDKITE_AGENT_ACCESS_TOKEN'] !== secret) return failed('Missing agent-access-token')
  // Its input is what the agent hides in the log from now on.
  if (args.join(' ') === redactor) return { code: 0, stdout: '', stderr: '' }
  const parsed = parse(args, 'oidc request-token', ['audience', 'lifetime', 'claim', 'subject-claim'])
  if ('wrong' in parsed) return failed(parsed.wrong)
  const { options } = parsed
  const subject = options.get('subject-claim')
  const chosen = new Set([...(options.get('claim') ?? '').split(','), subject])
  const lifetime = Number(options.get('lifetime') ?? 300)
  if (!(lifetime > 0)) return failed('--lifetime must be a number of seconds')
  const token = await mint({
    ...(options.has('audience') && { aud: options.get('audience') }),
    // Tokens have these ids on request only.
    ...Object.fromEntries(idsOfBuildkite.filter((id) => !chosen.has(id)).map((id) => [id, undefined])),
    exp: now() + lifetime,
  })
  return printed(token)
}

export const buildkite: Emulator = {
  env: ({ secret }) => ({
    CI: 'true',
    BUILDKITE: 'true',
    BUILDKITE_JOB_ID: '0190b3c4-5d6e-4f70-8a91-b2c3d4e5f607',
    BUILDKITE_AGENT_ACCESS_TOKEN: secret,
  }),
  without: () => ({ CI: 'true', BUILDKITE: 'true' }),
  programs: { 'buildkite-agent': runBuildkiteAgent },
}

// Source: https://github.com/spiffe/spire/blob/main/doc/spire_agent.md
const runSpireAgent: Program = async (args, _, { permission, mint }) => {
  const parsed = parse(args, 'api fetch jwt', ['audience', 'output', 'socketPath', 'spiffeID'])
  if ('wrong' in parsed) return failed(parsed.wrong, 2)
  const audience = parsed.options.get('audience')
  if (!audience) return failed('audience must be specified')
  if (!permission) return failed('rpc error: code = PermissionDenied desc = no identity issued')
  const svid = await mint({ aud: audience.includes(',') ? audience.split(',') : audience })
  if (parsed.options.get('output') !== 'json') return printed(`token:\n\t${svid}`)
  return printed(JSON.stringify([{ svids: [{ hint: '', svid }] }, { bundles: {} }]))
}

const withSpire = { SPIFFE_ENDPOINT_SOCKET: 'unix:///run/spire/sockets/agent.sock' }
export const spiffe: Emulator = {
  env: () => withSpire,
  without: () => withSpire,
  programs: { 'spire-agent': runSpireAgent },
  programsStay: true,
}

const federation = 'GetWebIdentityToken operation: '
const optionsOfAws = ['audience', 'signing-algorithm', 'duration-seconds', 'region', 'query', 'output']

// Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetWebIdentityToken.html
const runAws: Program = async (args, env, { permission, mint, now }): Promise<Outcome> => {
  const parsed = parse(args, 'sts get-web-identity-token', optionsOfAws)
  if ('wrong' in parsed) return failed(`aws: error: ${parsed.wrong}`, 252)
  const { options } = parsed
  const missing = ['audience', 'signing-algorithm'].filter((name) => !options.get(name)).map((name) => `--${name}`)
  if (missing.length > 0) return failed(`aws: error: the following arguments are required: ${missing.join(', ')}`, 252)
  if (!options.get('region') && !env['AWS_REGION'] && !env['AWS_DEFAULT_REGION'])
    return failed('You must specify a region. You can also configure your region by running "aws configure".', 253)
  const seconds = Number(options.get('duration-seconds') ?? 300)
  if (!['RS256', 'ES384'].includes(options.get('signing-algorithm') ?? '') || !(seconds >= 60 && seconds <= 3600))
    return failed(`An error occurred (ValidationError) when calling the ${federation}a value is not allowed`, 254)
  if (!permission)
    return failed(
      `An error occurred (AccessDenied) when calling the ${federation}the role is not authorized to perform: sts:GetWebIdentityToken`,
      254,
    )
  const token = await mint({ aud: options.get('audience'), exp: now() + seconds })
  const answer = { WebIdentityToken: token, Expiration: new Date((now() + seconds) * 1000).toISOString() }
  const query = options.get('query')
  if (query !== undefined && query !== 'WebIdentityToken') return failed(`aws: error: unknown query: ${query}`, 252)
  if (options.get('output') === 'text') return printed(query === undefined ? Object.values(answer).join('\t') : token)
  return printed(JSON.stringify(query === undefined ? answer : token))
}

const onCodeBuild = { CODEBUILD_BUILD_ID: 'shop:1', AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'eu-west-1' }
export const aws: Emulator = {
  env: () => onCodeBuild,
  without: () => onCodeBuild,
  programs: { aws: runAws },
  programsStay: true,
}

// Source: https://octopus.com/docs/deployments/custom-scripts/using-variables-in-scripts
const runOctopusVariable: Program = async ([name = ''], _, { permission, variable = 'API', mint }) =>
  // A variable that is not there is empty.
  printed(permission && name === `${variable}.OpenIdConnect.Jwt` ? await mint() : '')

export const octopusDeploy: Emulator = {
  env: () => ({}),
  programs: { get_octopusvariable: runOctopusVariable },
  programsStay: true,
}
