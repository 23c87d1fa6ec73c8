/** The published entry points of the packages, as their manifests list them. */

import { readFileSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** The order of the reference. A package that is not listed here comes last. */
const order = [
  'core',
  'express',
  'koa',
  'hono',
  'fastify',
  'nestjs',
  'mcp',
  'policy',
  'exchange',
  'publishers',
  'stores',
  'kms',
  'opentelemetry',
  'testing',
  'client',
  'import',
]

/**
 * The entry points of one package: `name` as in `@jobpass/name`, and the source file. An entry
 * called `internal` makes no promise to users; `bin` is a program; and files that are not modules
 * have no reference.
 */
function entriesOf(folder) {
  const manifest = JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8'))
  return Object.entries(manifest.publishConfig.exports ?? {})
    .filter(([entry, target]) => !['./internal', './bin'].includes(entry) && typeof target === 'object')
    .map(([entry]) => ({
      package: manifest.name,
      name: `${manifest.name}${entry.slice(1)}`.slice('@jobpass/'.length),
      file: join(root, 'packages', folder, manifest.exports[entry]['@jobpass/source']),
    }))
}

const place = (name) => (order.includes(name) ? order.indexOf(name) : order.length)

/** The entries of each package that has some. */
export const packages = readdirSync(join(root, 'packages'))
  .toSorted((a, b) => place(a) - place(b) || a.localeCompare(b))
  .map(entriesOf)
  .filter((each) => each.length > 0)

/** All entries. */
export const entries = packages.flat()

/** The file that declares a reflection, relative to the root. */
export function fileOf(reflection) {
  const source = reflection.sources?.[0] ?? reflection.signatures?.[0]?.sources?.[0]
  return source === undefined ? '' : relative(root, source.fullFileName)
}
