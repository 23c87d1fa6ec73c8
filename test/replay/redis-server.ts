/**
 * A real Redis on a free port, for tests. Without redis-server, tests are skipped and the reason is
 * printed.
 */

import type { ChildProcess } from 'node:child_process'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'

/** Whether redis-server is installed. */
export const installed = ((): boolean => {
  try {
    execFileSync('redis-server', ['--version'])
    return true
  } catch {
    process.stdout.write('redis-server is not on this machine: what needs it is skipped\n')
    return false
  }
})()

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Starts Redis without snapshots and append-only file, unless the settings say otherwise. */
export async function startRedis(port: number, ...settings: readonly string[]): Promise<ChildProcess> {
  const given = ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no', ...settings]
  const redis = spawn('redis-server', given)
  for await (const line of redis.stdout) if (String(line).includes('Ready to accept connections')) break
  redis.stdout.resume()
  return redis
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}
