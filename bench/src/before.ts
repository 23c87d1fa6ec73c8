/**
 * The build that `--before FOLDER` names: a checkout with built packages, which is measured in the
 * same rounds as this one.
 */

import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Child processes inherit it. */
const variable = 'JOBPASS_BENCH_BEFORE'

export function setBefore(folder: string): void {
  process.env[variable] = resolve(folder)
}

/** A package of the build before; `undefined` without one. `M` is the type of this build's. */
export async function packageBefore<M>(name: string, entry = 'index'): Promise<M | undefined> {
  const folder = process.env[variable]
  if (folder === undefined) return undefined
  return (await import(pathToFileURL(`${folder}/packages/${name}/dist/${entry}.js`).href)) as M
}
