/** A folder for one process at a time: PGlite does not notice a second one, and loses data silently. */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** Folders that this process has. In a container, the process before had the same id. */
const held = new Set<string>()

/** Takes a folder for this process. Throws an `Error` while another process has it; one that was killed has it no more. */
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

/** Fails where the file is there: of two processes that start at once, one has the folder. */
function write(file: string): void {
  writeFileSync(file, String(process.pid), { flag: 'wx' })
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (failure) {
    // A process of another user may not be asked, and runs all the same.
    return (failure as NodeJS.ErrnoException).code === 'EPERM'
  }
}
