/** The step: gets the token, and hands it to the steps that follow. */

import { getServiceToken, getToken } from '@jobpass/client'
import { credentialFile, makeFolder, variableOf, writeCredentialFile } from './credential-file.ts'
import { canRequestToken, isForkPullRequest } from './fork.ts'
import type { Destination, Inputs } from './inputs.ts'
import { readInputs } from './inputs.ts'
import { revocationUrlOf } from './revoke.ts'
import type { Environment } from './runner.ts'
import { command, fail, print, saveState, setOutput, setVariable } from './runner.ts'

async function main(env: Environment): Promise<void> {
  const inputs = readInputs(env)
  if (!canRequestToken(env) && (await isForkPullRequest(env))) {
    command('notice', 'A pull request of a fork gets no OIDC token from GitHub, so this step was skipped.')
    return setOutput(env, 'skipped', 'true')
  }
  // The client masks each token before it returns it.
  const { token, expiresAt } = await tokenFor(env, inputs)
  if (inputs.destination !== undefined) await write(env, inputs.destination, token)
  await setOutput(env, 'token', token)
  await setOutput(env, 'expires-at', String(expiresAt))
  await setOutput(env, 'skipped', 'false')
  print(`The token expires at ${new Date(expiresAt * 1000).toISOString()}.`)
}

async function tokenFor(env: Environment, { audience, exchange }: Inputs) {
  if (exchange === undefined) return getToken({ audience })
  const given = await getServiceToken({ audience, exchange })
  // First of all: if anything fails from here on, the token is still revoked.
  await saveState(env, 'revocation-url', revocationUrlOf(exchange.url))
  await saveState(env, 'token', given.token)
  return given
}

async function write(env: Environment, destination: Destination, token: string): Promise<void> {
  const file = credentialFile(destination, token)
  for (const secret of file.secrets) command('add-mask', secret)
  const temporary = env['RUNNER_TEMP']
  if (temporary === undefined || temporary === '') throw new Error('The runner did not set RUNNER_TEMP.')
  const folder = await makeFolder(temporary)
  await saveState(env, 'folder', folder)
  const path = await writeCredentialFile(folder, file)
  const variable = variableOf(destination.mode, path)
  if (variable !== undefined) await setVariable(env, ...variable)
  await setOutput(env, 'file', path)
}

try {
  await main(process.env)
} catch (error) {
  fail(error)
}
