/**
 * Whether jobpass is measured as it is published. tsx gives every function that is made at run time its name again, which costs more than many a call: sources that it loads are
 * slower than what is shipped, and the peers are loaded as they are shipped.
 */

import { existsSync } from 'node:fs'

/** Whether a package of this repository is built; packages of others always are. */
export function isBuilt(name: string): boolean {
  return !name.startsWith('@jobpass/') || existsSync(new URL(`../node_modules/${name}/dist/index.js`, import.meta.url))
}

const measured = ['core', 'exchange', 'express', 'hono', 'koa', 'testing']
export const published: boolean = measured.every((name) => isBuilt(`@jobpass/${name}`))

/** The arguments of Node for the processes that measure: without the condition that names sources, where there is something built. */
export function argumentsOfNode(given: readonly string[]): string[] {
  return given.filter((each) => !published || each !== '--conditions=@jobpass/source')
}
