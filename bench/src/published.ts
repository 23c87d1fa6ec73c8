/**
 * Whether jobpass is measured as published. tsx wraps every function that is created at run time to
 * keep its name, which is slower than many of the measured calls, while the peers are loaded as
 * published.
 */

import { existsSync } from 'node:fs'

/** Whether a package is built; packages from the registry always are. */
export function isBuilt(name: string): boolean {
  return !name.startsWith('@jobpass/') || existsSync(new URL(`../node_modules/${name}/dist/index.js`, import.meta.url))
}

const measured = ['core', 'exchange', 'express', 'hono', 'koa', 'testing']
export const published: boolean = measured.every((name) => isBuilt(`@jobpass/${name}`))

/**
 * Arguments of Node for the measuring processes: without the condition for sources, if packages are
 * built.
 */
export function argumentsOfNode(given: readonly string[]): string[] {
  return given.filter((each) => !published || each !== '--conditions=@jobpass/source')
}
