/** Locks a folder for one process: PGlite does not notice a second one, and silently loses data. */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** Folders locked by this process. In a container, the previous process had the same id. */
const held = new Set<string>()

/**
 * Locks a folder for this process. Throws an `Error` while another process holds the lock; a lock
 * of a killed process is void.
 */
export function lockFolder(folder: string): () => void {
  const file = `${folder}.lock`
  mkdirSync(dirname(file), { recursive: true })
  try {
    write(file)
  } catch {
    const owner = Number(readFileSync(file, 'utf8'))
    if (owner === process.pid ? held.has(file) : isRunning(owner))
      throw new Error(`${folder} is in use by process ${owner}: DATA_DIR is for one process`)
    rmSync(file)
    write(file)
  }
  held.add(file)
  return () => {
    held.delete(file)
    rmSync(file, { force: true })
  }
}

/** Fails if the file exists: of two processes that start at once, one gets the folder. */
function write(file: string): void {
  writeFileSync(file, String(process.pid), { flag: 'wx' })
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (failure) {
    // EPERM: the process belongs to another user, and is running.
    return (failure as NodeJS.ErrnoException).code === 'EPERM'
  }
}
