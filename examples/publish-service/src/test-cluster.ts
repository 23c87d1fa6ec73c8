/** A temporary PostgreSQL server for tests, if installed: in its own folder, on a socket. */

import { execFileSync, spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

export interface TestCluster {
  /** URL of its database, for a role with the given isolation level. */
  url(isolation: string): string
  start(): void
  /** Kills it, like a crash. */
  kill(): void
  remove(): void
}

/**
 * Folder of PostgreSQL on Debian and on GitHub's runners, where its programs are not on the path.
 */
const debian = '/usr/lib/postgresql'

const programs = [
  ...(process.env['PATH'] ?? '').split(delimiter),
  ...(existsSync(debian) ? readdirSync(debian).map((version) => join(debian, version, 'bin')) : []),
].find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'pg_ctl')))

/** PostgreSQL does not run as root. */
const account = process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : {}

function idOf(kind: '-u' | '-g'): number {
  const named = spawnSync('id', [kind, 'postgres'], { encoding: 'utf8' })
  return named.status === 0 ? Number(named.stdout) : 65_534
}

/** Creates and starts a server; `undefined` if PostgreSQL is not installed. */
export function createTestCluster(): TestCluster | undefined {
  if (programs === undefined) return undefined
  const run = (name: string, ...args: string[]): void => {
    execFileSync(join(programs, name), args, { ...account, cwd: folder, stdio: 'ignore' })
  }
  const folder = mkdtempSync(join(tmpdir(), 'pg-'))
  if (account.uid !== undefined) chownSync(folder, account.uid, account.gid)
  const data = join(folder, 'data')
  run('initdb', '-D', data, '-U', 'registry', '--auth=trust', '--no-sync', '--encoding=UTF8')
  const cluster: TestCluster = {
    url: (isolation) => {
      const options = `-c default_transaction_isolation=${isolation.replaceAll(' ', '\\ ')}`
      return `postgres://registry@/postgres?host=${encodeURIComponent(folder)}&options=${encodeURIComponent(options)}`
    },
    start: () =>
      run(
        'pg_ctl',
        '-D',
        data,
        '-w',
        '-o',
        `-c listen_addresses= -c unix_socket_directories=${folder} -c fsync=off`,
        'start',
      ),
    kill: () => run('pg_ctl', '-D', data, '-w', '-m', 'immediate', 'stop'),
    remove: () => {
      spawnSync(join(programs, 'pg_ctl'), ['-D', data, '-w', '-m', 'immediate', 'stop'], { ...account, cwd: folder })
      rmSync(folder, { recursive: true, force: true })
    },
  }
  cluster.start()
  return cluster
}
