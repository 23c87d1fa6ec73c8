/** Starts a job: its variables, programs and files, and the endpoint of its platform. */

import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { chmod, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { EmulatedJob, Emulator, Environment, Reply } from './emulator.ts'
import { failed } from './emulator.ts'
import type { RunningJob, TokenFault } from './job.ts'

/** What a job is started with. */
export interface JobSetup extends Pick<
  EmulatedJob,
  'audience' | 'mint' | 'mintDefault' | 'now' | 'permission' | 'variable'
> {
  /** How the endpoint answers first. */
  readonly faults: readonly TokenFault[]
}

const programRoute = 'POST /.program'

/** Starts a job on a platform. */
export async function startJob(emulator: Emulator, setup: JobSetup): Promise<RunningJob> {
  const folder = await mkdtemp(join(tmpdir(), 'job-'))
  const requests: string[] = []
  const faults = [...setup.faults]
  const server = createServer()
  await listen(server, 0)
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const job: EmulatedJob = { ...setup, origin, secret: crypto.randomUUID() }
  const serve = (req: IncomingMessage, res: ServerResponse): void =>
    void answer(req, emulator, job, requests)
      .then((reply) => send(res, reply, isProgram(req) ? undefined : faults.shift()))
      // A client that went away, or claims that cannot be signed.
      .catch(() => res.destroy())
  server.on('request', serve)
  const servers = [server]
  const socket = join(folder, 'api.sock')
  const hasSocket = emulator.socket !== undefined && job.permission
  if (hasSocket) {
    servers.push(createServer(serve))
    await listen(servers[1] as Server, socket)
  }
  const renew = async (): Promise<void> => {
    if (emulator.file !== undefined && job.permission) await writeVolume(folder, await job.mint())
  }
  const close = async (): Promise<void> => {
    for (const each of servers) each.closeAllConnections()
    await Promise.all(servers.map((each) => new Promise((resolve) => each.close(resolve))))
    await rm(folder, { recursive: true, force: true })
  }
  const env = await renew()
    .then(() => environment(emulator, job, folder))
    .catch((error: unknown) => close().then(() => Promise.reject(error)))
  return {
    env: { ...env, ...socketVariable(emulator, job, socket) },
    places: {
      ...Object.fromEntries((emulator.hosts ?? []).map((host) => [host, origin])),
      ...(hasSocket && { [emulator.socket?.path ?? '']: socket }),
    },
    requests,
    renew,
    close,
  }
}

const listen = (server: Server, at: number | string): Promise<void> =>
  new Promise((resolve) => {
    if (typeof at === 'number') server.listen(at, '127.0.0.1', resolve)
    else server.listen(at, resolve)
  })

async function environment(emulator: Emulator, job: EmulatedJob, folder: string): Promise<Environment> {
  const env = job.permission ? await emulator.env(job) : (emulator.without?.(job) ?? {})
  const programs = job.permission || emulator.programsStay ? Object.keys(emulator.programs ?? {}) : []
  for (const name of programs) await writeProgram(join(folder, 'bin'), name, job)
  return {
    ...env,
    ...(programs.length > 0 && { PATH: [join(folder, 'bin'), process.env['PATH']].join(delimiter) }),
    ...(emulator.file !== undefined && job.permission && { [emulator.file]: join(folder, 'volume', 'token') }),
  }
}

const socketVariable = ({ socket }: Emulator, { permission }: EmulatedJob, path: string): Environment =>
  socket?.variable !== undefined && permission ? { [socket.variable]: path } : {}

/** Writes a program that passes its arguments on to `answer()`, which decides what it prints. */
async function writeProgram(folder: string, name: string, { origin, secret }: EmulatedJob): Promise<void> {
  await mkdir(folder, { recursive: true })
  const code = `#!/usr/bin/env node
const body = JSON.stringify({ name: ${JSON.stringify(name)}, args: process.argv.slice(2), env: process.env })
fetch('${origin}/.program', { method: 'POST', headers: { authorization: '${secret}' }, body }).then(async (answer) => {
  const { code, stdout, stderr } = await answer.json()
  process.stderr.write(stderr)
  process.stdout.write(stdout)
  process.exitCode = code
})
`
  await writeFile(join(folder, name), code)
  await chmod(join(folder, name), 0o755)
}

/** Replaces a file at once, as the kubelet does: the folder with it is behind a symbolic link. */
async function writeVolume(folder: string, token: string): Promise<void> {
  const volume = join(folder, 'volume')
  const fresh = `..${crypto.randomUUID()}`
  await mkdir(join(volume, fresh), { recursive: true })
  await writeFile(join(volume, fresh, 'token'), token)
  await symlink(fresh, join(volume, '..data_tmp'))
  await rename(join(volume, '..data_tmp'), join(volume, '..data'))
  await symlink('..data/token', join(volume, 'token')).catch(() => {}) // it is there from the second time on
}

const isProgram = ({ method, url }: IncomingMessage): boolean => `${method} ${url}` === programRoute

async function answer(req: IncomingMessage, emulator: Emulator, job: EmulatedJob, requests: string[]): Promise<Reply> {
  const body = await text(req)
  if (isProgram(req) && req.headers.authorization === job.secret) {
    const { name, args, env } = JSON.parse(body) as {
      readonly name: string
      readonly args: readonly string[]
      readonly env: Environment
    }
    requests.push([name, ...args].join(' '))
    return [200, (await emulator.programs?.[name]?.(args, env, job)) ?? failed(`${name}: not found`, 127)]
  }
  requests.push(`${req.method} ${req.url}`)
  const { pathname, searchParams: query } = new URL(req.url ?? '/', job.origin)
  const request = { route: `${req.method} ${pathname}`, query, headers: req.headers, body }
  return (await emulator.answer?.(request, job)) ?? [404, { message: 'not found' }]
}

function send(res: ServerResponse, [status, body]: Reply, fault: TokenFault | undefined): void {
  if (fault === 'hang') return
  const isText = typeof body === 'string'
  const content = isText ? body : JSON.stringify(body)
  const type = { 'Content-Type': isText ? 'text/plain' : 'application/json' }
  if (fault === 'drip') {
    res.writeHead(status, { ...type, 'Content-Length': content.length }).write(content.slice(0, 1))
    const timer = setInterval(() => res.write(' '), 100)
    res.once('close', () => clearInterval(timer))
  } else if (fault !== undefined) {
    const later = fault.retryAfter === undefined ? {} : { 'Retry-After': fault.retryAfter }
    res.writeHead(fault.status, { 'Content-Type': 'application/json', ...later }).end('{"message":"try again later"}')
  } else res.writeHead(status, type).end(content)
}
