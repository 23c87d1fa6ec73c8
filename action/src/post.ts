/** After the job: removes the file, and revokes the service token. It never fails the job. */

import { rm } from 'node:fs/promises'
import { revoke } from './revoke.ts'
import type { Environment } from './runner.ts'
import { command, print, readState } from './runner.ts'

async function post(env: Environment): Promise<void> {
  const [folder, token, url] = [readState(env, 'folder'), readState(env, 'token'), readState(env, 'revocation-url')]
  if (folder !== '') await remove(folder)
  if (token === '') return
  const failure = await revoke(url, token)
  if (failure === undefined) print('Revoked the service token.')
  else command('warning', `The service token was not revoked, and works until it expires: ${failure}.`)
}

async function remove(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true })
  } catch {
    command('warning', `The file with the token was not removed: delete ${folder}.`)
  }
}

await post(process.env)
