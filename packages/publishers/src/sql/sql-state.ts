/** Kinds of errors of PostgreSQL, by SQLSTATE (PostgreSQL documentation, Appendix A). */

/** Classes: connection lost, out of resources, operator intervention, system error. */
const outages: ReadonlySet<string> = new Set(['08', '53', '57', '58'])

/** serialization_failure and deadlock_detected. */
const conflicts: ReadonlySet<string | undefined> = new Set(['40001', '40P01'])

/** The SQLSTATE of an error; `undefined` for errors that are not of the server. */
function sqlStateOf(failure: unknown): string | undefined {
  if (!(failure instanceof Error) || !('code' in failure) || !('severity' in failure)) return undefined
  const { code } = failure
  // System errors have codes too, such as ECONNREFUSED.
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined
}

/** Whether the same transaction may succeed when it is run again. */
export const isConflict = (failure: unknown): boolean => conflicts.has(sqlStateOf(failure))

/**
 * Whether an error of a client means that the database is unreachable: what the server says about
 * itself, and the plain errors of connections. Errors about a statement are no outages.
 */
export function isOutage(failure: unknown): boolean {
  const state = sqlStateOf(failure)
  if (state !== undefined) return outages.has(state.slice(0, 2))
  // Connections to several addresses of a host fail with one error for all.
  return failure instanceof AggregateError || (failure instanceof Error && failure.constructor === Error)
}
