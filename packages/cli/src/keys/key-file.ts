/** The file of a key set: written whole or not at all, and never over the change of another. */

import { open, realpath, rename, stat, unlink } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { escapeForLog } from '@jobpass/core/internal'
import type { Context } from '../context.ts'
import { CommandError, exitCodes } from '../io/exit.ts'
import { readFile } from '../io/input.ts'

/** The most bytes of a key set. */
export const maxBytes = 1_000_000

/** Writes a new file, which only its owner can read. */
export async function createFile({ cwd }: Context, path: string, text: string): Promise<void> {
  try {
    await written(await open(resolve(cwd, path), 'wx', 0o600), text)
  } catch (error) {
    throw codeOf(error) === 'EEXIST'
      ? new CommandError(`${escapeForLog(path)} exists, and stays as it is; \`jobpass keys rotate\` adds a key to it`)
      : cannotWrite(path, error)
  }
}

/** Replaces a file whose text was `before`. It keeps its mode and its owner. */
export async function replaceFile(context: Context, path: string, before: string, text: string): Promise<void> {
  const target = await realpath(resolve(context.cwd, path))
  // Its name is fixed, so that one command at a time can write.
  const next = join(dirname(target), `.${basename(target)}.next`)
  const file = await open(next, 'wx', 0o600).catch((error: unknown) => {
    throw codeOf(error) === 'EEXIST'
      ? new CommandError(
          `${escapeForLog(path)}: another command is changing it; if no command runs, remove ${escapeForLog(next)}`,
          exitCodes.no,
        )
      : cannotWrite(path, error)
  })
  try {
    await copyAccess(target, file)
    await written(file, text)
    if ((await readFile(context, path, maxBytes)) !== before)
      throw new CommandError(`${escapeForLog(path)} was changed at the same time, and stays as it is`, exitCodes.no)
    await rename(next, target)
  } catch (error) {
    await unlink(next)
    throw error instanceof CommandError ? error : cannotWrite(path, error)
  }
  await syncFolder(dirname(target))
}

/** Without its owner, the service could not read the file that root rotates for it. */
async function copyAccess(target: string, file: FileHandle): Promise<void> {
  const [{ mode, uid, gid }, own] = [await stat(target), await file.stat()]
  if (own.uid !== uid || own.gid !== gid) await file.chown(uid, gid)
  await file.chmod(mode & 0o777)
}

async function written(file: FileHandle, text: string): Promise<void> {
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Makes the new name of a file last through a power failure. Windows cannot open folders. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path).catch(() => undefined)
  await folder?.sync().catch(() => {})
  await folder?.close()
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? ''

function cannotWrite(path: string, error: unknown): CommandError {
  return new CommandError(`${escapeForLog(path)}: cannot be written (${codeOf(error)})`)
}
