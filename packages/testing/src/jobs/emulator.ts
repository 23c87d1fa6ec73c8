/** One row of the table of emulators: how a platform gives tokens to its jobs. */

import type { IncomingHttpHeaders } from 'node:http'

/** Environment variables. */
export type Environment = Readonly<Record<string, string>>

/** A request at the platform's endpoint. */
export interface TokenRequest {
  /** The method and the path, as in `GET /_apis/token`. */
  readonly route: string
  /** The query. */
  readonly query: URLSearchParams
  /** The headers. */
  readonly headers: IncomingHttpHeaders
  /** The body. */
  readonly body: string
}

/** An answer: text, or an object for JSON. */
export type Reply = readonly [status: number, body: object | string]

/** What a program prints, and its exit code. */
export interface Outcome {
  /** The exit code. */
  readonly code: number
  /** What it writes to standard output. */
  readonly stdout: string
  /** What it writes to standard error. */
  readonly stderr: string
}

/** A program of the platform. */
export type Program = (args: readonly string[], env: Environment, job: EmulatedJob) => Promise<Outcome> | Outcome

/** What an emulator knows of its job. */
export interface EmulatedJob {
  /** Whether the job may have a token. */
  readonly permission: boolean
  /** The origin of the platform's endpoint. */
  readonly origin: string
  /** A secret of this job, for its requests. */
  readonly secret: string
  /** The name that the test gave to the variable with the token. */
  readonly variable: string | undefined
  /** `aud` in the claims of the test: the audience in the configuration of the job. */
  readonly audience: unknown
  /** The time by the clock of the issuer, in seconds since 1970. */
  readonly now: () => number
  /** Signs a token of the job. The claims that the test chose override these. */
  readonly mint: (claims?: Readonly<Record<string, unknown>>) => Promise<string>
  /** Signs a token with the platform's default audience, whatever the test chose. */
  readonly mintDefault: () => Promise<string>
}

/** How a platform gives tokens to its jobs. */
export interface Emulator {
  /** The variables of a job that may have a token. */
  readonly env: (job: EmulatedJob) => Promise<Environment> | Environment
  /** The variables of a job without the permission. Default: none. */
  readonly without?: (job: EmulatedJob) => Environment
  /** Answers at the platform's endpoint. Default: the platform has no endpoint. */
  readonly answer?: (request: TokenRequest, job: EmulatedJob) => Promise<Reply> | Reply
  /** Fixed origins of that endpoint. Default: none, since a variable names it. */
  readonly hosts?: readonly string[]
  /** The socket of that endpoint: its path, and the variable that names it if there is one. */
  readonly socket?: { readonly path: string; readonly variable?: string }
  /** The programs on the `PATH` of a job. Default: none. */
  readonly programs?: Readonly<Record<string, Program>>
  /** Whether these programs are there without the permission, too. Default: `false`. */
  readonly programsStay?: boolean
  /** The variable that names the file with the token. Default: there is no file. */
  readonly file?: string
}

/** A text member of a JSON object; `undefined` for anything else. */
export function memberOf(json: string, name: string): string | undefined {
  try {
    const value: unknown = (JSON.parse(json) as Readonly<Record<string, unknown>> | null)?.[name]
    return typeof value === 'string' ? value : undefined
  } catch {
    return undefined
  }
}

/** A program that ends well. */
export const printed = (stdout: string): Outcome => ({ code: 0, stdout: `${stdout}\n`, stderr: '' })

/** A program that fails. */
export const failed = (stderr: string, code = 1): Outcome => ({ code, stdout: '', stderr: `${stderr}\n` })
