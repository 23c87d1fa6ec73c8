/** The published entry points of the packages, as their manifests list them. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** The order of the reference. A package that is not listed here comes last. */
const order = ['core', 'express', 'koa', 'hono', 'policy', 'exchange', 'redis', 'testing']

/** The folders of the packages that the TypeScript sources refer to, in the order above. */
export function packageNames(folders) {
  const place = (name) => (order.includes(name) ? order.indexOf(name) : order.length)
  return folders.toSorted((a, b) => place(a) - place(b) || a.localeCompare(b))
}

/**
 * The entry points of one package: `name` as in `@jobpass/name`, and the source file. An entry
 * called `internal` makes no promise to users, and files that are not modules have no reference.
 */
export function entriesOf(folder) {
  const manifest = JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8'))
  return Object.entries(manifest.publishConfig.exports)
    .filter(([entry, target]) => entry !== './internal' && typeof target === 'object')
    .map(([entry]) => ({
      package: manifest.name,
      name: `${manifest.name}${entry.slice(1)}`.slice('@jobpass/'.length),
      file: join(root, 'packages', folder, manifest.exports[entry]['@jobpass/source']),
    }))
}
