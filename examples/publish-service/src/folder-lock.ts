/** Locks a folder for one process: PGlite does not notice a second one, and silently loses data. */

import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync } from 'node:fs'

/**
 * Locks a folder until the returned function is called, or the process ends in any way. Throws an
 * `Error` while another process holds the lock, in whichever container of this machine.
 *
 * The system keeps the lock (flock(2)): it belongs to the open folder, and not to a file that a
 * killed process leaves behind. Node has no such call, so the program `flock` makes it for a folder
 * that this process has opened, and ends.
 */
export function lockFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true })
  const opened = openSync(folder, 'r')
  const { status, error } = spawnSync('flock', ['-n', '3'], { stdio: ['ignore', 'ignore', 'ignore', opened] })
  if (status !== 0) {
    closeSync(opened)
    throw status === 1
      ? new Error(`${folder} is in use by another process: DATA_DIR is for one process`)
      : new Error(`${folder} cannot be locked: that takes Linux, its program flock and a local disk`, { cause: error })
  }
  let isHeld = true
  return () => {
    if (isHeld) closeSync(opened)
    isHeld = false
  }
}
