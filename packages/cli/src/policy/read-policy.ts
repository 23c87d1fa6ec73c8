/** Reads policy files, with every built-in provider. */

import { extname } from 'node:path'
import { escapeForLog } from '@jobpass/core/internal'
import { PolicyError, parsePolicy } from '@jobpass/policy'
import type { Policy, PolicyFormat } from '@jobpass/policy'
import type { Context } from '../context.ts'
import { CommandError } from '../io/exit.ts'
import { readInput } from '../io/input.ts'
import { providersAt } from './bound-providers.ts'

/** The most that `parsePolicy` takes, in bytes. */
export const maxPolicyBytes = 1_048_576

/** The text of a policy. */
export interface PolicyText {
  /** The path, as it was given. */
  readonly path: string
  /** The text. */
  readonly text: string
  /** The language of the text. */
  readonly format: PolicyFormat
}

/** A policy with its path. */
export interface NamedPolicy extends Pick<PolicyText, 'path'> {
  /** The rules. */
  readonly policy: Pick<Policy, 'names' | 'entries'>
}

/** A policy with its text. */
export interface PolicyFile extends PolicyText {
  /** The rules. */
  readonly policy: Policy
}

/** Reads the text of a policy from a file, or from standard input for the path `-`. */
export async function readPolicyText(context: Context, path: string): Promise<PolicyText> {
  const format = formatOf(path)
  return { path, format, text: await readInput(context, path, { what: 'the policy', maxBytes: maxPolicyBytes }) }
}

/** How to read a policy. */
export interface PolicyReading {
  /** Whether every rule must be pinned by ids. Default `false`. */
  readonly strict?: boolean
  /** The issuer of rules that name none. Default: that of their platform. */
  readonly issuer?: string | undefined
}

/** Reads a policy. Throws a `CommandError` that lists every fault with its place. */
export async function readPolicy(context: Context, path: string, reading: PolicyReading = {}): Promise<PolicyFile> {
  return parsePolicyText(await readPolicyText(context, path), reading)
}

/** Parses the text of a policy. Throws a `CommandError` that lists every fault with its place. */
export function parsePolicyText(file: PolicyText, { strict = false, issuer }: PolicyReading = {}): PolicyFile {
  const { path, text, format } = file
  const providers = providersAt(issuer)
  try {
    return { ...file, policy: parsePolicy(text, { providers, strict, format, maxBytes: maxPolicyBytes }) }
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error
    throw new CommandError(new PolicyError(error.faults, path === '-' ? 'standard input' : path).message)
  }
}

/** The name of a set of rules: the one that is given, else the only one. */
export function setName({ path, policy }: NamedPolicy, given: string | undefined): string {
  const { names } = policy
  const name = given ?? (names.length === 1 ? names[0] : undefined)
  if (name !== undefined && names.includes(name)) return name
  const known = `its sets are ${names.map(escapeForLog).join(', ')}`
  throw new CommandError(
    name === undefined
      ? `${path}: has several sets of rules: choose one with --set; ${known}`
      : `${path}: has no set ${escapeForLog(name)}; ${known}`,
  )
}

function formatOf(path: string): PolicyFormat {
  const extension = extname(path).toLowerCase()
  if (path === '-' || extension === '.yaml' || extension === '.yml') return 'yaml'
  if (extension === '.json') return 'json'
  throw new CommandError(`${escapeForLog(path)}: a policy is a .yaml, .yml or .json file`)
}
