/** A platform's machine: its programs as stubs on the `PATH`, and the tokens that they give. */

import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAllDocuments } from 'yaml'

export const root: string = fileURLToPath(new URL('../..', import.meta.url))

/** The documents of a YAML file. */
export function documentsOf(file: string): readonly unknown[] {
  return parseAllDocuments(readFileSync(root + file, 'utf8')).map((document) => {
    if (document.errors.length > 0) throw new Error(`${file}: ${document.errors.join('; ')}`)
    return document.toJS() as unknown
  })
}

/** What a script did. */
export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A machine that runs scripts. */
export class Machine {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'jobpass-ci-'))
  readonly #ca: string

  constructor(ca: string) {
    this.#ca = ca
  }

  /** Lets the platform give this token to a job that asks for the audience. */
  offer(audience: string, token: string): void {
    writeFileSync(join(this.folder, Buffer.from(audience).toString('base64url')), token)
  }

  /** The lines of a file that a script wrote. */
  lines(name: string): readonly string[] {
    return readFileSync(join(this.folder, name), 'utf8').trim().split('\n')
  }

  /** Runs bash, as the platform does for a step. */
  run(script: string, env: Readonly<Record<string, string>>): Promise<Outcome> {
    const child = spawn('bash', ['-c', script], {
      // With a socket as standard input, bash takes itself for a remote shell, without BASH_ENV.
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: this.folder,
      env: {
        PATH: `${root}test/ci/stubs:${process.env['PATH']}`,
        HOME: this.folder,
        TOKENS: this.folder,
        CURL_CA_BUNDLE: this.#ca,
        ...env,
      },
    })
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })))
  }

  remove(): void {
    rmSync(this.folder, { recursive: true })
  }
}
