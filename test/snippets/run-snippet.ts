/** Runs a script in an emulated job, against a real API over TLS at `https://api.acme.dev`. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { RequestListener } from 'node:http'
import { generate } from 'selfsigned'
import type { Shell } from './platforms.ts'

const hosts = ['api.acme.dev', 'deploy.acme.dev', 'app.harness.io']
const pems = await generate([{ name: 'commonName', value: 'api.acme.dev' }], {
  extensions: [{ name: 'subjectAltName', altNames: hosts.map((value) => ({ type: 2, value })) }],
})

/** What a user sees of a step. */
export interface Ended {
  /** The exit code of the shell. */
  readonly code: number
  /** Everything on the screen. */
  readonly screen: string
}

/** A job that runs scripts: a `RunningJob`, or one without an emulator. */
export interface ScriptJob {
  readonly env: Readonly<Record<string, string>>
  readonly places: Readonly<Record<string, string>>
}

/** Runs a script in a shell. `curl` finds the hosts of API and platform on this machine. */
export async function runScript(script: string, shell: Shell, job: ScriptJob, api: RequestListener): Promise<Ended> {
  const folder = await mkdtemp(join(tmpdir(), 'snippet-'))
  const server = createServer({ key: pems.private, cert: pems.cert }, api).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const local = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const places = Object.entries(job.places).filter(([place]) => place.startsWith('http://'))
  const mapped = [
    ...hosts.map((host) => `connect-to = "${host}:443:${local}"`),
    ...places.map(([place, here]) => `connect-to = "${new URL(place).host}:80:${new URL(here).host}"`),
    `cacert = "${folder}/ca.pem"`,
  ]
  try {
    await writeFile(join(folder, 'ca.pem'), pems.cert)
    await writeFile(join(folder, '.curlrc'), mapped.join('\n'))
    const [program, ...options] = shell
    // Nothing of this process: it may be a job itself.
    const env = { PATH: process.env['PATH'], CURL_HOME: folder, ...job.env }
    const child = spawn(program, [...options, '-c', script], { env, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    const [[code], stdout, stderr] = await Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)])
    return { code: code as number, screen: `${stdout}\n${stderr}` }
  } finally {
    server.closeAllConnections()
    server.close()
    await rm(folder, { recursive: true })
  }
}
