/** Checks the shapes of a table, which its author gives by their names. */

import type { Shape } from '../model/value-shape.ts'
import * as shape from '../model/value-shape.ts'
import type { ProviderTable } from './provider-table.ts'
import { formatValue } from '../util/format.ts'
import { isPlainObject } from '../util/objects.ts'

/** The shapes whose values cannot change the meaning of a URL: those of tenants. */
const urlShapes = [shape.uuid, shape.bracedUuid, shape.dnsLabel, shape.slug, shape.urlSafe, shape.digits]

const allShapes = [
  shape.uuid,
  shape.bracedUuid,
  shape.dnsLabel,
  shape.slug,
  shape.urlSafe,
  shape.digits,
  shape.commit,
  shape.name,
  shape.group,
  shape.ownerName,
  shape.groupName,
  shape.hostOwnerName,
  shape.ref,
  shape.refName,
  shape.workflow,
  shape.calledWorkflow,
  shape.workflowFile,
  shape.calledFile,
  shape.configFile,
]

/**
 * The shapes of a table in place of their names.
 *
 * @throws {TypeError} that lists the names.
 */
export function readShapes(what: string, given: unknown): Readonly<Record<string, Shape>> {
  const words = Object.entries((given ?? {}) as Readonly<Record<string, unknown>>)
  return Object.fromEntries(
    words.map(([field, word]) => {
      const found = allShapes.find(({ name }) => name === (isPlainObject(word) ? word['name'] : word))
      if (found !== undefined) return [field, found]
      const known = allShapes.map(({ name }) => name).join(', ')
      throw new TypeError(`${what}: the shape of '${field}' is ${formatValue(word)}, but must be one of ${known}`)
    }),
  )
}

/**
 * Checks that values of the tenant field cannot change the meaning of its issuer.
 *
 * @throws {TypeError} that lists the shapes of such values.
 */
export function checkTenantShape(what: string, { shapes = {} }: ProviderTable, tenant: string): void {
  const names = urlShapes.map(({ name }) => name)
  if (names.some((name) => name === shapes[tenant]?.name)) return
  throw new TypeError(
    `${what} puts '${tenant}' into its issuer, and must say what it looks like: shapes: { ${tenant}: … }, one of ${names.join(', ')}`,
  )
}
