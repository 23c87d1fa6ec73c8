/** Files that make a tool send the token. */

import { mkdtemp, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Destination, Mode } from './inputs.ts'

/** A file for a tool. */
export interface CredentialFile {
  /** The name of the file in its folder. */
  readonly name: string
  /** What the file says. */
  readonly text: string
  /** Texts from which the token can be read, and which the runner does not know yet. */
  readonly secrets: readonly string[]
}

/** The variable in which each tool looks for its file. curl gets it by `--config`. */
const variables: Readonly<Record<Mode, string | undefined>> = {
  'curl-config': undefined,
  npmrc: 'NPM_CONFIG_USERCONFIG',
  netrc: 'NETRC',
  docker: 'DOCKER_CONFIG',
}

type Writer = (token: string, destination: Destination) => CredentialFile

const writers: Readonly<Record<Mode, Writer>> = {
  'curl-config': (token) => ({
    name: 'curl.conf',
    // Never without TLS, whatever URL the step has.
    text: `header = "Authorization: Bearer ${token}"\nproto = "=https"\n`,
    secrets: [],
  }),
  npmrc: (token, { host }) => ({ name: 'npmrc', text: `//${host}/:_authToken=${token}\n`, secrets: [] }),
  netrc: (token, { host, username }) => ({
    name: 'netrc',
    // A machine has no port in this format.
    text: `machine ${host.replace(/:\d+$/, '')}\nlogin ${username}\npassword ${token}\n`,
    secrets: [],
  }),
  docker: (token, { host, username }) => {
    const auth = Buffer.from(`${username}:${token}`).toString('base64')
    return { name: 'config.json', text: `${JSON.stringify({ auths: { [host]: { auth } } })}\n`, secrets: [auth] }
  },
}

/**
 * The file for a token.
 *
 * @throws {Error} for a token that cannot be in such a file.
 */
export function credentialFile(destination: Destination, token: string): CredentialFile {
  // RFC 6750 §2.1: any other character could end the token and begin a setting.
  if (!/^[\w.~+/-]+=*$/.test(token)) throw new Error('The token has characters that no bearer token may have.')
  return writers[destination.mode](token, destination)
}

/** Makes a folder that only this user reads. */
export function makeFolder(temporary: string): Promise<string> {
  return mkdtemp(join(temporary, 'jobpass-'))
}

/** Writes the file, and returns its path. */
export async function writeCredentialFile(folder: string, { name, text }: CredentialFile): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, text, { mode: 0o600, flag: 'wx' })
  return path
}

/** The variable that makes the tool read the file, and its value. */
export function variableOf(mode: Mode, path: string): readonly [name: string, value: string] | undefined {
  const name = variables[mode]
  // docker wants the folder of its config.json.
  return name === undefined ? undefined : [name, mode === 'docker' ? dirname(path) : path]
}
