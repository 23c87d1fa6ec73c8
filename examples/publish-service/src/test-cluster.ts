/** A throw-away PostgreSQL server for tests, where this machine has one: in a folder of its own, on a socket. */

import { execFileSync, spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

export interface TestCluster {
  /** The address of its database, for a role with an isolation level of its own. */
  url(isolation: string): string
  start(): void
  /** Ends it at once, as a crash would. */
  kill(): void
  remove(): void
}

/** Where Debian, and so the runners of GitHub, have it; its programs are not on the path there. */
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

/** Makes and starts a server; `undefined` where there are no programs for it. */
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
