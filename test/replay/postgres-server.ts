/**
 * A real PostgreSQL in a folder of its own, for tests. Without PostgreSQL, tests are skipped and
 * the reason is printed.
 */

import { execFileSync, spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { freePort } from './redis-server.ts'

/** The folders of PostgreSQL on Debian, where its programs are not on the path. */
const debian = '/usr/lib/postgresql'
const programs = [
  ...(existsSync(debian) ? readdirSync(debian).map((version) => join(debian, version, 'bin')) : []),
  ...(process.env['PATH'] ?? '').split(delimiter),
].find((folder) => ['initdb', 'pg_ctl', 'pg_basebackup'].every((name) => existsSync(join(folder, name))))

/** Whether PostgreSQL is installed. */
export const postgresInstalled = programs !== undefined
if (!postgresInstalled) process.stdout.write('PostgreSQL is not on this machine: what needs it is skipped\n')

/** PostgreSQL does not run as root. */
const account = process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : {}

function idOf(kind: '-u' | '-g'): number {
  const named = spawnSync('id', [kind, 'postgres'], { encoding: 'utf8' })
  return named.status === 0 ? Number(named.stdout) : 65_534
}

export interface TestServer {
  readonly port: number
  /** The address of its database, with settings of the connection. */
  url(settings?: Readonly<Record<string, string>>): string
  start(): void
  /** Ends it like a crash. */
  kill(): void
  /** Makes a standby that follows it, and starts that. */
  standby(): Promise<TestServer>
  /** Ends the recovery of a standby, which is then a primary. */
  promote(): void
  remove(): void
}

/** Creates and starts a server. */
export async function startPostgres(...settings: readonly string[]): Promise<TestServer> {
  const server = await emptyServer(settings)
  server.run('initdb', '-D', server.data, '-U', 'jobpass', '--auth=trust', '--no-sync', '--encoding=UTF8')
  server.start()
  return server
}

interface EmptyServer extends TestServer {
  readonly data: string
  run(name: string, ...args: string[]): void
}

async function emptyServer(settings: readonly string[]): Promise<EmptyServer> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'pg-'))
  if (account.uid !== undefined) chownSync(folder, account.uid, account.gid)
  const data = join(folder, 'data')
  const run = (name: string, ...args: string[]): void => {
    execFileSync(join(programs ?? '', name), args, { ...account, cwd: folder, stdio: 'ignore' })
  }
  const address = [`port=${port}`, 'listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`]
  const flags = (given: readonly string[]): string => given.map((each) => `-c '${each}'`).join(' ')
  return {
    port,
    data,
    run,
    url: (given: Readonly<Record<string, string>> = {}) => {
      const options = Object.entries(given).map(([name, value]) => `-c ${name}=${value.replaceAll(' ', '\\ ')}`)
      return `postgres://jobpass@127.0.0.1:${port}/postgres?options=${encodeURIComponent(options.join(' '))}`
    },
    start: () =>
      run('pg_ctl', '-D', data, '-w', '-l', join(folder, 'log'), '-o', flags([...address, ...settings]), 'start'),
    kill: () => run('pg_ctl', '-D', data, '-w', '-m', 'immediate', 'stop'),
    standby: async () => {
      const other = await emptyServer(settings.filter((each) => !each.startsWith('synchronous_standby_names')))
      run('pg_basebackup', '-h', '127.0.0.1', '-p', String(port), '-U', 'jobpass', '-D', other.data, '-R', '-c', 'fast')
      other.start()
      return other
    },
    promote: () => run('pg_ctl', '-D', data, '-w', 'promote'),
    remove: () => {
      spawnSync(join(programs ?? '', 'pg_ctl'), ['-D', data, '-w', '-m', 'immediate', 'stop'], { ...account })
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
