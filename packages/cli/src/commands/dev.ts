/** `jobpass dev` and `jobpass dev token`: flags and help. */

import type { Command, RouteMap } from '@stricli/core'
import { buildCommand, buildRouteMap } from '@stricli/core'
import type { Context } from '../context.ts'
import { CommandError } from '../io/exit.ts'
import { jsonFlag, platformIds, text } from './flags.ts'

/** The flags of `jobpass dev`. */
export interface DevFlags {
  /** The port. */
  readonly port: number
  /** The name of the API. */
  readonly audience: string
}

/** The flags of `jobpass dev token`. */
export interface DevTokenFlags {
  /** The port of the local issuer. */
  readonly port: number
  /** The trigger of the job. */
  readonly job?: string
  /** The branch of the job. */
  readonly branch?: string
  /** The event of the job. */
  readonly event?: string
  /** Claims and fields, each as `name=value` or `name:=json`. */
  readonly claim?: readonly string[]
  /** The name of the API. */
  readonly audience?: string
  /** Whether to print JSON. */
  readonly json: boolean
}

/** The port of a local issuer, unless another is chosen. */
export const usualPort = 4920

function parsePort(input: string): number {
  const port = Number(input)
  if (!/^\d{1,5}$/.test(input) || port > 65_535)
    throw new CommandError(`takes a port, 0 to 65535, not ${JSON.stringify(input)}`)
  return port
}

const portFlag = {
  kind: 'parsed',
  parse: parsePort,
  brief: 'The port on 127.0.0.1',
  placeholder: 'PORT',
  default: String(usualPort),
} as const

const start: Command<Context> = buildCommand<DevFlags, [string], Context>({
  loader: async () => (await import('../dev/run.ts')).runDev,
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [
        {
          parse: text,
          brief: 'The platform whose jobs are imitated',
          placeholder: 'PLATFORM',
          default: 'github-actions',
          proposeCompletions: platformIds,
        },
      ],
    },
    flags: {
      port: { ...portFlag, brief: 'The port on 127.0.0.1; 0 for any free one' },
      audience: {
        kind: 'parsed',
        parse: text,
        brief: 'The name of the API, as its option audience has it',
        placeholder: 'NAME',
        default: 'https://api.example',
      },
    },
    aliases: { p: 'port', a: 'audience' },
  },
  docs: {
    brief: 'Start a local issuer that imitates a platform',
    fullDescription: [
      'Starts a local issuer on this machine, and prints the lines to paste into an API and a shell, so',
      'that an API can be tried before any CI exists. Its page has a button for each job. Runs until',
      'Ctrl-C. Only this machine can reach it. Its keys are made at the start and kept nowhere.',
      '',
      'EXAMPLES',
      '  jobpass dev',
      '  jobpass dev gitlab --audience https://api.acme.dev',
      '  curl -H "Authorization: Bearer $(jobpass dev token)" http://localhost:3000/try',
    ].join('\n'),
  },
})

const token: Command<Context> = buildCommand<DevTokenFlags, [], Context>({
  loader: async () => (await import('../dev/run-token.ts')).runDevToken,
  parameters: {
    flags: {
      port: portFlag,
      job: {
        kind: 'parsed',
        parse: text,
        brief: 'The job: push, pull_request, …; default: the usual one of the platform',
        placeholder: 'TRIGGER',
        optional: true,
      },
      branch: { kind: 'parsed', parse: text, brief: 'Its branch', placeholder: 'NAME', optional: true },
      event: { kind: 'parsed', parse: text, brief: 'Its event', placeholder: 'NAME', optional: true },
      claim: {
        kind: 'parsed',
        parse: text,
        brief: 'A claim or field: name=value is text, name:=value is JSON',
        placeholder: 'NAME=VALUE',
        optional: true,
        variadic: true,
      },
      audience: {
        kind: 'parsed',
        parse: text,
        brief: 'The name of the API; default: that of jobpass dev',
        placeholder: 'NAME',
        optional: true,
      },
      json: { ...jsonFlag, brief: 'Print JSON; `jobpass schema dev-token` prints its schema' },
    },
    aliases: { p: 'port', j: 'job', b: 'branch', e: 'event', c: 'claim', a: 'audience' },
  },
  docs: {
    brief: 'Print a token of a running jobpass dev',
    fullDescription: [
      'Asks the running `jobpass dev` for a token, and prints it.',
      '',
      'EXAMPLES',
      '  jobpass dev token',
      '  jobpass dev token --job pull_request',
      '  jobpass dev token --branch release --event schedule --claim actor=mara-holt --claim runner_id:=7',
    ].join('\n'),
  },
})

/** The commands. */
export const dev: RouteMap<Context> = buildRouteMap<'start' | 'token', Context>({
  routes: { start, token },
  defaultCommand: 'start',
  docs: {
    brief: 'Try an API before any CI exists: a local issuer, and its tokens',
    fullDescription: [
      'Starts a local issuer that imitates a platform, and prints the lines to paste into an API and a',
      'shell. `jobpass dev PLATFORM` is short for `jobpass dev start PLATFORM`.',
      '',
      'EXAMPLES',
      '  jobpass dev',
      '  jobpass dev gitlab',
      '  jobpass dev token --branch release',
    ].join('\n'),
  },
})
