/** The version of the package, and what it needs. */

import { readFileSync } from 'node:fs'

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  readonly version: string
  readonly engines: { readonly node: string }
}

/** The version of the package. */
export const version: string = manifest.version

/** The oldest version of Node that is supported, such as `20.19`. */
export const oldestNode: string = manifest.engines.node.replace('>=', '')
