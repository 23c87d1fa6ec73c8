/** Reads a file of cases: jobs, and what a policy must say to them. */

import { errorCodes } from '@jobpass/core'
import { escapeForLog, isPlainObject, nearest } from '@jobpass/core/internal'
import { LineCounter, parseDocument } from 'yaml'
import type { Context } from '../context.ts'
import { CommandError } from '../io/exit.ts'
import { readInput } from '../io/input.ts'
import type { Path, Place } from '../policy/places.ts'
import { placesIn } from '../policy/places.ts'

/** A job of a platform's fixture. */
export interface FixtureJob {
  /** The id of the platform. */
  readonly provider: string
  /** The kind of job. Default: the platform's usual one. */
  readonly trigger?: string
  /** The issuer. Default: that of the platform. */
  readonly issuer?: string
  /** Claims, and fields of the identity, which mean their claims. */
  readonly claims?: Readonly<Record<string, unknown>>
}

/** One case. */
export interface Case extends Place {
  /** A sentence. */
  readonly name: string
  /** The set of rules. Default: the only one. */
  readonly set: string | undefined
  /** The job; `undefined` where the claims are written out. */
  readonly job: FixtureJob | undefined
  /** All claims of the token; `undefined` where there is a job. */
  readonly claims: Readonly<Record<string, unknown>> | undefined
  /** `'allow'`, or the code of the refusal. */
  readonly expect: string
  /** The field that must be among the failed checks. Default: any. */
  readonly check: string | undefined
}

/** A file of cases. */
export interface CaseFile {
  /** The path, as it was given. */
  readonly path: string
  /** The path of the policy, relative to the file. */
  readonly policy: string
  /** The names of the API. */
  readonly audience: readonly string[]
  /** The set that the server passes as `trust`. */
  readonly trust: string | undefined
  /** The cases. */
  readonly cases: readonly Case[]
}

const maxBytes = 1_048_576

/** Reads a file of cases. Throws a `CommandError` with the place of the first fault. */
export async function readCases(context: Context, path: string): Promise<CaseFile> {
  const text = await readInput(context, path, { what: 'the cases', maxBytes })
  const document = parseDocument(text, { lineCounter: new LineCounter() })
  const [error] = document.errors
  const place = placesIn(text)
  const fail = (at: Path, message: string): never => {
    const { line, column } = place(at)
    throw new CommandError(`${escapeForLog(path)}:${line}:${column} ${message}`)
  }
  if (error !== undefined) {
    const [start] = error.linePos ?? [{ line: 1, col: 1 }]
    throw new CommandError(`${escapeForLog(path)}:${start.line}:${start.col} ${error.message.split('\n')[0]}`)
  }
  const read: Reading = { fail, place }
  const top = objectAt(document.toJS(), [], topKeys, read)
  const { policy = 'policy.yaml', audience, trust, cases } = top
  if (!Array.isArray(cases) || cases.length === 0) fail(['cases'], 'cases must be a list of cases, with at least one')
  return {
    path,
    policy: textAt(policy, ['policy'], read) as string,
    audience: listAt(audience, ['audience'], read),
    trust: textAt(trust, ['trust'], read),
    cases: (cases as readonly unknown[]).map((each, index) => readCase(each, ['cases', index], read)),
  }
}

interface Reading {
  readonly fail: (at: Path, message: string) => never
  readonly place: (at: Path) => Place
}

const topKeys = ['policy', 'audience', 'trust', 'cases', 'description', '$schema'] as const
const caseKeys = ['name', 'set', 'job', 'claims', 'expect', 'check'] as const
const jobKeys = ['provider', 'trigger', 'issuer', 'claims'] as const
const results = ['allow', ...Object.keys(errorCodes)]

function readCase(value: unknown, path: Path, read: Reading): Case {
  const { name, set, job, claims, expect, check } = objectAt(value, path, caseKeys, read)
  if (typeof name !== 'string' || name.trim() === '')
    read.fail([...path, 'name'], 'a case needs a name, which is a sentence')
  if ((job === undefined) === (claims === undefined)) read.fail(path, 'a case has either job or claims')
  if (typeof expect !== 'string' || !results.includes(expect)) {
    const near = typeof expect === 'string' ? nearest(expect, results, 4) : undefined
    read.fail(
      [...path, 'expect'],
      `expect is 'allow' or the code of a refusal${near === undefined ? '' : `; did you mean '${near}'?`}`,
    )
  }
  return {
    name: name,
    set: textAt(set, [...path, 'set'], read),
    job: job === undefined ? undefined : readJob(job, [...path, 'job'], read),
    claims: claims === undefined ? undefined : objectAt(claims, [...path, 'claims'], undefined, read),
    expect: expect,
    check: textAt(check, [...path, 'check'], read),
    ...read.place(path),
  }
}

function readJob(value: unknown, path: Path, read: Reading): FixtureJob {
  const { provider, trigger, issuer, claims } = objectAt(value, path, jobKeys, read)
  if (typeof provider !== 'string')
    read.fail([...path, 'provider'], 'a job needs the id of its provider, such as github-actions')
  const [named, at] = [textAt(trigger, [...path, 'trigger'], read), textAt(issuer, [...path, 'issuer'], read)]
  return {
    provider: provider,
    ...(named !== undefined && { trigger: named }),
    ...(at !== undefined && { issuer: at }),
    ...(claims !== undefined && { claims: objectAt(claims, [...path, 'claims'], undefined, read) }),
  }
}

function objectAt(
  value: unknown,
  path: Path,
  keys: readonly string[] | undefined,
  { fail }: Reading,
): Readonly<Record<string, unknown>> {
  if (!isPlainObject(value)) return fail(path, 'must be an object')
  const unknown = keys && Object.keys(value).find((key) => !keys.includes(key))
  if (unknown !== undefined)
    fail([...path, unknown], `${escapeForLog(unknown)} is not a key here; known: ${keys?.join(', ')}`)
  return value
}

function textAt(value: unknown, path: Path, { fail }: Reading): string | undefined {
  return value === undefined || typeof value === 'string' ? value : fail(path, 'must be text')
}

function listAt(value: unknown, path: Path, { fail }: Reading): readonly string[] {
  const list: unknown[] = value === undefined ? [] : [value].flat()
  return list.every((each) => typeof each === 'string') ? list : fail(path, 'must be text, or a list of texts')
}
