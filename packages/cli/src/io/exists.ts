/** Whether a file exists. */

import { access } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Context } from '../context.ts'

/** Whether there is a file, or a folder, with a path. */
export function exists({ cwd }: Pick<Context, 'cwd'>, path: string): Promise<boolean> {
  return access(resolve(cwd, path)).then(
    () => true,
    () => false,
  )
}
