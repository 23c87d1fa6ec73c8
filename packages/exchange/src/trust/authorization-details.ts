/** Authorization details (RFC 9396): permissions with more structure than a scope. */

import { formatType, isPlainObject, own, ownCopy } from '@jobpass/core/internal'
import { parsed } from './parsed.ts'

/** A value of JSON (RFC 8259). */
export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [member: string]: JsonValue }

/**
 * One permission, such as `{ type: 'publish', package: 'shop' }`. `type` names its kind; your API
 * defines the other members. A member with several values is a non-empty list.
 */
export interface AuthorizationDetail {
  /** The kind of permission, 1 to 100 characters (RFC 9396 §2). */
  readonly type: string
  /** What the permission is for: a JSON value, or a list of them. */
  readonly [member: string]: JsonValue
}

const [most, mostMembers, mostText] = [10, 20, 4096]

/**
 * Reads one detail or a non-empty list. Throws a `TypeError` that says what to write.
 */
export function readDetails(what: string, given: unknown): readonly AuthorizationDetail[] {
  const list: readonly unknown[] = Array.isArray(given) ? Array.from(given as unknown[]) : [given]
  const details = detailsOf(list)
  if (details === undefined)
    throw new TypeError(
      `${what} must be an object such as { type: 'publish', package: 'shop' }, or a list of 1 to ${most}, of JSON values that are not empty, not ${formatType(given)}`,
    )
  return details
}

/** Parses the parameter of a request (RFC 9396 §2). `undefined` for anything else. */
export function parseDetails(text: string): readonly AuthorizationDetail[] | undefined {
  const list = text.length > mostText ? undefined : parsed(text)
  return Array.isArray(list) ? detailsOf(list) : undefined
}

/** The details of a token; none if it has no such claim. */
export function detailsIn(claim: unknown): readonly AuthorizationDetail[] {
  return (Array.isArray(claim) ? detailsOf(claim) : undefined) ?? []
}

function detailsOf(list: readonly unknown[]): readonly AuthorizationDetail[] | undefined {
  if (list.length === 0 || list.length > most) return undefined
  try {
    const copies = list.map((each) => ownCopy(each))
    return copies.every(isDetail) ? copies : undefined
  } catch {
    return undefined
  }
}

/** Whether JSON keeps a copy as it is: it would drop functions, and make NaN null. */
function isJson(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isJson)
  if (isPlainObject(value))
    return Reflect.ownKeys(value).every((name) => typeof name === 'string' && isJson(value[name]))
  return value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)
}

function isDetail(value: unknown): value is AuthorizationDetail {
  if (!isPlainObject(value) || !isJson(value)) return false
  const type = own(value, 'type')
  const members = Object.values(value)
  return (
    typeof type === 'string' &&
    /^[\x21-\x7E]{1,100}$/.test(type) &&
    members.length <= mostMembers &&
    // An API could take an empty list for "all".
    members.every((member) => member !== null && member !== '' && listOf(member).length > 0)
  )
}

/**
 * What a grant's permission gives for a requested one: the requested values, and each other member
 * as the grant has it, so that the result never permits more. `undefined` if the grant lacks a
 * requested member or value.
 */
export function grantedDetail(
  granted: AuthorizationDetail,
  requested: AuthorizationDetail,
): AuthorizationDetail | undefined {
  return hasValues(granted, requested) ? { ...granted, ...requested } : undefined
}

/**
 * Whether a token's permission is enough for what a route needs. The route must name each member
 * of the permission: one that it does not know may restrict what is permitted.
 */
export function permits(permission: AuthorizationDetail, needed: AuthorizationDetail): boolean {
  return hasValues(permission, needed) && Object.keys(permission).every((name) => Object.hasOwn(needed, name))
}

function hasValues(permission: AuthorizationDetail, needed: AuthorizationDetail): boolean {
  return Object.entries(needed).every(([name, value]) => {
    const allowed = new Set(listOf(own(permission, name)).map(canonical))
    return listOf(value).every((each) => allowed.has(canonical(each)))
  })
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [value]
}

/** The same text for equal JSON values, whatever the order of their members. */
function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_, each: unknown) =>
      isPlainObject(each) ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1))) : each,
    ) ?? ''
  )
}
