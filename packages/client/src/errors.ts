/** What a job can do nothing about but to read. No error holds a token. */

/**
 * No platform that issues tokens was found: the process does not run in a CI job, or in a container
 * without the variables of its job.
 */
export class NotInCiError extends Error {
  /** The name of the class. */
  override readonly name = 'NotInCiError'
  /** Stable, for programs: `'not_in_ci'`. */
  readonly code = 'not_in_ci'

  /** @internal */
  constructor() {
    super(
      'No CI platform was found that gives this process an OIDC token. JOBPASS_ID_TOKEN or JOBPASS_ID_TOKEN_FILE can hold one',
    )
  }
}

/** The platform gives this job no token for the audience. */
export class TokenUnavailableError extends Error {
  /** The name of the class. */
  override readonly name = 'TokenUnavailableError'
  /** Stable, for programs: `'token_unavailable'`. */
  readonly code = 'token_unavailable'
  /** The platform's id, such as `'github-actions'`. */
  readonly provider: string
  /** The line to add to the job, or what else helps. */
  readonly fix: string

  /** @internal */
  constructor(platform: { readonly id: string; readonly title: string }, reason: string, fix: string, cause?: unknown) {
    super(`${platform.title}: ${reason}. ${fix}`, cause === undefined ? {} : { cause })
    this.provider = platform.id
    this.fix = fix
  }
}

/** A request was not sent, since the token is for another origin. */
export class OriginError extends TypeError {
  /** The name of the class. */
  override readonly name = 'OriginError'
  /** Stable, for programs: `'origin_mismatch'`. */
  readonly code = 'origin_mismatch'
}

/** A failed check of a 403, as the API reports it. */
export interface FailedCheck {
  /** The field or claim that was checked. */
  readonly field: string
  /** How the check compares. */
  readonly operator: string
  /** The job's own value; `null` when it has none. */
  readonly actual: unknown
  /** The value that the rule requires, if the API reveals it. */
  readonly expected?: unknown
  /** What may be wrong, if it is a known mistake. */
  readonly hint?: string
}

/** The API, or the exchange, refused the job. */
export class RefusedError extends Error {
  /** The name of the class. */
  override readonly name = 'RefusedError'
  /** The API's stable code, such as `'workload_forbidden'`; `undefined` if the answer has none. */
  readonly code: string | undefined
  /** The HTTP status. */
  readonly status: number
  /** The checks that failed, if the API lists them. */
  readonly checks: readonly FailedCheck[]

  /** @internal */
  constructor(status: number, { code, detail, checks = [] }: RefusalBody) {
    const reasons = checks.map(({ field, operator, actual, expected, hint }) => {
      const wanted = expected === undefined ? '' : `, wanted ${operator} ${formatValue(expected)}`
      return `${plain(field)} is ${formatValue(actual)}${wanted}${hint === undefined ? '' : ` (${plain(hint)})`}`
    })
    super([`${status} ${plain(code ?? 'refused')}: ${plain(detail ?? 'The job was refused.')}`, ...reasons].join(' '))
    this.code = code
    this.status = status
    this.checks = checks
  }
}

/** What an answer says about a refusal. */
export interface RefusalBody {
  /** The stable code, or the OAuth error. */
  readonly code: string | undefined
  /** A sentence for people. */
  readonly detail?: string | undefined
  /** The checks that failed. */
  readonly checks?: readonly FailedCheck[]
}

const longest = 300

/** Text of a server on one line of a log. */
function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' ').slice(0, longest)
}

function formatValue(value: unknown): string {
  return plain(JSON.stringify(value) ?? 'absent')
}
