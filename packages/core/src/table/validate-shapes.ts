/** Checks the shapes of a table, which its author gives by their names. */

import type { Shape, ValueShape } from '../model/value-shape.ts'
import * as shape from '../model/value-shape.ts'
import type { ProviderTable } from './provider-table.ts'
import { formatValue } from '../util/format.ts'
import { isPlainObject } from '../util/objects.ts'

const shapes: Readonly<Record<ValueShape, Shape>> = {
  uuid: shape.uuid,
  'braced-uuid': shape.bracedUuid,
  'dns-label': shape.dnsLabel,
  slug: shape.slug,
  'url-safe': shape.urlSafe,
  digits: shape.digits,
  commit: shape.commit,
  name: shape.name,
  group: shape.group,
  'owner/name': shape.ownerName,
  'group/name': shape.groupName,
  'host/owner/name': shape.hostOwnerName,
  ref: shape.ref,
  'ref-name': shape.refName,
  workflow: shape.workflow,
  'called-workflow': shape.calledWorkflow,
  'workflow-file': shape.workflowFile,
  'called-file': shape.calledFile,
  'config-file': shape.configFile,
}

/** The shapes whose values cannot change the meaning of a URL: those of tenants. */
const urlShapes: readonly ValueShape[] = ['uuid', 'braced-uuid', 'dns-label', 'slug', 'url-safe', 'digits']

/**
 * The shapes of a table in place of their names.
 *
 * @throws {TypeError} that lists the names.
 */
export function readShapes(what: string, given: unknown): Readonly<Record<string, Shape>> {
  const words = Object.entries((given ?? {}) as Readonly<Record<string, unknown>>)
  return Object.fromEntries(
    words.map(([field, word]) => {
      // A table that is made from another one has its shapes.
      if (isPlainObject(word) && typeof word['called'] === 'string') return [field, word as unknown as Shape]
      if (typeof word === 'string' && Object.hasOwn(shapes, word)) return [field, shapes[word as ValueShape]]
      const known = Object.keys(shapes).join(', ')
      throw new TypeError(`${what}: the shape of '${field}' is ${formatValue(word)}, but must be one of ${known}`)
    }),
  )
}

/**
 * Checks that values of the tenant field cannot change the meaning of its issuer.
 *
 * @throws {TypeError} that lists the shapes of such values.
 */
export function checkTenantShape(what: string, table: ProviderTable, tenant: string): void {
  const { called } = table.shapes?.[tenant] ?? {}
  if (urlShapes.some((name) => shapes[name].called === called)) return
  throw new TypeError(
    `${what} puts '${tenant}' into its issuer, and must say what it looks like: shapes: { ${tenant}: … }, one of ${urlShapes.join(', ')}`,
  )
}
