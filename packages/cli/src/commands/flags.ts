/** Flags that several commands have. */

import { CommandError } from '../io/exit.ts'

/** Takes text as it is. */
export const text = (input: string): string => input

/** Takes a whole number of seconds. */
export function secondsFlag(input: string): number {
  if (!/^\d{1,9}$/.test(input)) throw new CommandError(`takes a whole number of seconds, not ${JSON.stringify(input)}`)
  return Number(input)
}

/** Takes a moment: seconds since 1970 as in `iat`, or an ISO date. Returns milliseconds. */
function momentFlag(input: string): number {
  const moment = /^\d{1,12}$/.test(input) ? Number(input) * 1000 : Date.parse(input)
  if (Number.isNaN(moment))
    throw new CommandError(`takes seconds since 1970 or an ISO date, not ${JSON.stringify(input)}`)
  return moment
}

/** `--json`. */
export const jsonFlag = {
  kind: 'boolean',
  brief: 'Print JSON; `jobpass schema COMMAND` prints its schema',
  default: false,
} as const

/** `--policy`. */
export const policyFlag = {
  kind: 'parsed',
  parse: (input: string): string => input,
  brief: 'The policy file',
  placeholder: 'FILE',
  default: 'policy.yaml',
} as const

/** `--set`. */
export const setFlag = {
  kind: 'parsed',
  parse: (input: string): string => input,
  brief: 'The set of rules of the route; not needed where there is one',
  placeholder: 'NAME',
  optional: true,
} as const

/** `--trust`. */
export const trustFlag = {
  kind: 'parsed',
  parse: (input: string): string => input,
  brief: 'The set that the server passes as its option trust; default: all rules of the policy',
  placeholder: 'NAME',
  optional: true,
} as const

/** `--issuer`, for policies. */
export const issuerFlag = {
  kind: 'parsed',
  parse: (input: string): string => input,
  brief: 'The issuer of rules that name none, such as that of `jobpass dev`',
  placeholder: 'URL',
  optional: true,
} as const

/** `--audience`. */
export const audienceFlag = {
  kind: 'parsed',
  parse: (input: string): string => input,
  brief: 'A name of the API, as its option audience has it',
  placeholder: 'NAME',
  optional: true,
  variadic: true,
} as const

/** `--token-env`. */
export const tokenEnvFlag = {
  kind: 'parsed',
  parse: (input: string): string => input,
  brief: 'Read the token from a variable, instead of standard input',
  placeholder: 'NAME',
  optional: true,
} as const

/** `--at`. */
export const atFlag = {
  kind: 'parsed',
  parse: (input: string): number => momentFlag(input),
  brief: 'When the token arrives: seconds since 1970 or an ISO date; default: now',
  placeholder: 'TIME',
  optional: true,
} as const

/** The ids of the platforms, for completions. Loaded on use, since the tables are large. */
export async function platformIds(): Promise<readonly string[]> {
  return (await import('@jobpass/policy/built-in')).providers.map(({ id }) => id)
}

/** The port of a local issuer, unless another is chosen. */
export const usualPort = 4920

function parsePort(input: string): number {
  const port = Number(input)
  if (!/^\d{1,5}$/.test(input) || port > 65_535)
    throw new CommandError(`takes a port, 0 to 65535, not ${JSON.stringify(input)}`)
  return port
}

/** A flag with a value and a default. */
interface ValueFlag<T> {
  /** The flag takes a value. */
  readonly kind: 'parsed'
  /** Reads the value. */
  readonly parse: (input: string) => T
  /** What the flag is. */
  readonly brief: string
  /** What the value is, for the help. */
  readonly placeholder: string
  /** The value where the flag is left out. */
  readonly default: string
}

/** `--port` of a local issuer. */
export const portFlag: ValueFlag<number> = {
  kind: 'parsed',
  parse: parsePort,
  brief: 'The port on 127.0.0.1',
  placeholder: 'PORT',
  default: String(usualPort),
}

/** The file of a key set. */
export const keySetFile = {
  parse: (input: string): string => input,
  brief: 'The file of the key set, or - for standard input and output',
  placeholder: 'FILE',
} as const

/** `--json` of the commands for keys. */
export const keysJsonFlag = {
  kind: 'boolean',
  brief: 'Print JSON; `jobpass schema keys` prints its schema',
  default: false,
} as const
